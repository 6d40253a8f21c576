-- An outcome with what its reference says in the place of the reference, whatever it says of that beside it; its instance it
-- may name itself. The outcome as it is where it has no reference that can be read. As resolveReference of
-- contracts/reference/reference.ts.
create or replace function winrate.resolve_reference(value jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
declare
  said constant jsonb := case
    when jsonb_typeof(value) = 'object' then winrate.read_reference(winrate.json_text(value -> 'reference'))
  end;
begin
  return case
    when said is null then value
    else
      value - '{reference,decision_id,snapshot_version,task_type,model_name,provider,thinking_level,attempt,after,propensity,session,context,arm,experiment,would_choose,selected_model,selected_provider}'::text[]
        || case when coalesce(value -> 'instance_id', 'null') = 'null' then said else said - 'instance_id' end
  end;
end $$;
