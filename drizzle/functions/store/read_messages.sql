-- These messages of the queue without what is in their outcomes, and with the reason to reject a message
-- as a whole. Those that look plain by `types`, and are to be read as such, come with their outcomes.
-- `clock_ahead` says by how much the producer's clock was ahead of the database's, or behind where it is negative;
-- zero where nothing tells, or where the difference may be the time that the message travelled.
create or replace function winrate.read_messages(places tid[], tolerant boolean, types jsonpath)
returns table (
  place tid, msg_id bigint, enqueued_at timestamptz, clock_ahead interval, sealed boolean, batch_id text, instance_id text,
  sender text, session_id uuid, sdk text, dropped jsonb, decided jsonb,
  reason text, plain boolean, outcomes jsonb
)
language sql stable as $$
  select
    place, msg_id, enqueued_at,
    case
      -- It cannot have been sealed later than it arrived.
      when greatest(sealed_ahead, sent_ahead) > interval '5 minutes' then greatest(sealed_ahead, sent_ahead)
      -- Sealed later than sent: the clock was set back in between.
      when sent_ahead < interval '-5 minutes' and (sealed_ahead <= sent_ahead + interval '5 minutes') is not false
      then sent_ahead
      else interval '0'
    end,
    sealed, batch_id, instance_id,
    case when winrate.is_text(instance_id, 1, 200) then instance_id end,
    session_id, sdk, dropped, decided, reason, plain, case when plain then outcomes end
  from (
    select
      *,
      case
        when tolerant or reason is not null then false
        else winrate.is_plainly_written(outcomes) and jsonb_path_match(outcomes, types) is false
      end as plain
    from (
      select
        place, msg_id, enqueued_at, sealed,
        winrate.json_time(sent_at) - enqueued_at as sent_ahead,
        case when sealed then winrate.json_time(message -> 'sealed_at') - enqueued_at end as sealed_ahead,
        case when sealed then message -> 'outcomes' else jsonb_build_array(message) end as outcomes,
        case when sealed then left(winrate.json_text(message -> 'batch_id'), 100) end as batch_id,
        case when sealed then winrate.json_text(message -> 'instance_id') end as instance_id,
        case when sealed then winrate.json_uuid(message -> 'session_id') end as session_id,
        case when sealed then winrate.json_text(message -> 'sdk') end as sdk,
        case when sealed then message -> 'dropped' end as dropped,
        case when sealed then message -> 'decided' end as decided,
        case
          when jsonb_typeof(message) <> 'object' then 'message_not_object'
          when sealed then
            case
              when message -> 'format' is distinct from '1'::jsonb then 'format_unknown'
              when jsonb_typeof(message -> 'outcomes') <> 'array' then 'outcomes_not_array'
              when jsonb_array_length(message -> 'outcomes') > 10000 then 'outcomes_too_many'
            end
        end as reason
      from (
        select *, jsonb_typeof(message) = 'object' and message ? 'outcomes' as sealed
        from (
          select
            ctid as place,
            msg_id,
            -- A producer that writes the table itself may leave the message out or make its time up.
            least(greatest(enqueued_at, '2000-01-01 00:00Z'), now()) as enqueued_at,
            headers -> 'sent_at' as sent_at,
            -- The empty path unpacks a large message once, instead of once for each field that is read.
            coalesce(message #> '{}', 'null') as message
          from pgmq.q_task_preferences
          where ctid = any (places)
          offset 0
        ) as queued
        offset 0
      ) as message
      offset 0
    ) as envelope
    offset 0
  ) as judged
$$;
