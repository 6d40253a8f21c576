import { useStandings, useStatus } from '../../api/queries.ts'
import { Answer } from '../../parts/states.tsx'
import { EventFeed } from './event-feed.tsx'
import { OpenTasks } from './open-tasks.tsx'
import { StateHead } from './state-head.tsx'
import { Tiles } from './tiles.tsx'

/** Is it well, does it pay, what happened? */
export function OverviewPage() {
  const status = useStatus()
  const standings = useStandings()
  return (
    <>
      <h1 className="sr-only">Overview</h1>
      <Answer query={status}>{(body) => <StateHead status={body} />}</Answer>
      <Answer query={standings}>{(body) => <Tiles standings={body} status={status.data} />}</Answer>
      <div className="mt-4 grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Answer query={standings}>{(body) => <OpenTasks standings={body} />}</Answer>
        <EventFeed />
      </div>
    </>
  )
}
