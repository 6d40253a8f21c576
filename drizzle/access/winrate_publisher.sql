-- What the role winrate_publisher may do: send outcomes and pull snapshots. Grant it to the agents' login.
revoke execute on all functions in schema winrate from public;
do $$
begin
  begin
    create role winrate_publisher nologin;
  exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
      raise notice 'role winrate_publisher was not created: no right to create roles';
  end;
  if exists (select from pg_roles where rolname = 'winrate_publisher') then
    grant usage on schema winrate, pgmq to winrate_publisher;
    grant execute on function winrate.pull_snapshot(uuid, bigint, text) to winrate_publisher;
    grant insert, select (msg_id) on pgmq.q_task_preferences to winrate_publisher;
  end if;
end $$;
