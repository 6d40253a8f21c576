import type { EventsBody } from '@winrate/shared-schema/http'
import { useEvents } from '../../api/queries.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { Scroll } from '../../parts/scroll.tsx'
import { Answer, Empty } from '../../parts/states.tsx'
import { TaskLink } from '../../parts/task-link.tsx'
import { useNow } from '../../shell/live-state.tsx'

export function EventFeed() {
  const events = useEvents({ limit: 20 })
  return (
    <section aria-labelledby="events" className="card min-w-0">
      <h2 id="events" className="px-4 pt-3 pb-2 font-semibold">
        What happened
      </h2>
      <Answer query={events}>
        {(body) =>
          body.events.length === 0 ? (
            <Empty title="Nothing yet">
              Breaks, quarantines, pins, canaries and changes of the policy appear here.
            </Empty>
          ) : (
            <Events body={body} />
          )
        }
      </Answer>
    </section>
  )
}

function Events({ body }: { readonly body: EventsBody }) {
  const now = useNow()
  return (
    <Scroll label="Events, the newest first" className="max-h-112">
      <ol className="pb-2">
        {body.events.map(({ id, at, kind, message, taskType, by }) => (
          <li
            key={id}
            className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 border-t border-line px-4 py-2"
          >
            <span className="text-xs leading-5 text-muted" title={formatMoment(at)}>
              {formatAgo(at, now)}
            </span>
            <div className="min-w-0 wrap-anywhere">
              <span className="font-medium">{kind}</span>{' '}
              <bdi className="text-muted">{message}</bdi>
              <p className="text-xs text-faint">
                {taskType !== null && <TaskLink taskType={taskType} />}{' '}
                {by !== null && <bdi>by {by}</bdi>}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </Scroll>
  )
}
