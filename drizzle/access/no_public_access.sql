-- Postgres lets every role execute a new function. What agents may do is in postgres/publisher-role.ts.
revoke execute on all functions in schema winrate from public;
