-- Postgres lets every role execute a new function. What each role may is in postgres/roles.ts.
revoke execute on all functions in schema winrate from public;
