import type { SnapshotsBody } from '@winrate/shared-schema/http'
import { useIsAdmin } from '../../api/queries.ts'
import { formatCount } from '../../format/numbers.ts'
import { formatAgo, formatMoment } from '../../format/times.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { ModelName } from '../../parts/model-name.tsx'
import { Scroll } from '../../parts/scroll.tsx'
import { Empty } from '../../parts/states.tsx'
import { TaskLink } from '../../parts/task-link.tsx'
import { useNow } from '../../shell/live-state.tsx'

type Snapshot = SnapshotsBody['snapshots'][number]

export function SnapshotTable({
  body,
  onPin,
}: {
  readonly body: SnapshotsBody
  readonly onPin: (version: number) => void
}) {
  const now = useNow()
  const isAdmin = useIsAdmin()
  const mayPin = isAdmin && body.head.heldVersion === null
  return (
    <FigureFrame
      title="Versions, the newest first"
      note="With the task types whose best model changed."
      numbers={{
        columns: ['version', 'made at', 'by', 'cells', 'outcomes', 'repeats', 'changed leaders'],
        rows: body.snapshots.map((one) => [
          ...[one.version, one.createdAt, one.tickedBy ?? 'operator', one.cells, one.samples],
          ...[one.pinnedFrom, one.leaders.map(({ taskType }) => taskType).join(' ')],
        ]),
      }}
      command="npx winrate status"
      isTable
    >
      {body.snapshots.length === 0 ? (
        <Empty title="No snapshot yet">The first comes with the first tick.</Empty>
      ) : (
        <Scroll label="Versions" className="max-h-160">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">Made</th>
                <th scope="col" className="number">
                  Outcomes
                </th>
                <th scope="col">What changed</th>
                <th scope="col">
                  <span className="sr-only">Change</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {body.snapshots.map((snapshot) => (
                <tr key={snapshot.version}>
                  <td className="font-medium whitespace-nowrap">
                    {snapshot.version}
                    <Marks snapshot={snapshot} head={body.head} />
                  </td>
                  <td
                    className="whitespace-nowrap"
                    title={`${formatMoment(snapshot.createdAt)}, ${snapshot.tickedBy === null ? 'by an operator' : `by ${snapshot.tickedBy}`}`}
                  >
                    {formatAgo(snapshot.createdAt, now)}
                  </td>
                  <td className="number">{formatCount(snapshot.samples)}</td>
                  <td className="min-w-56">
                    <Leaders snapshot={snapshot} />
                  </td>
                  <td className="number">
                    <button
                      type="button"
                      className="button"
                      disabled={!mayPin}
                      title={isAdmin ? undefined : 'Needs a token for admin'}
                      onClick={() => onPin(snapshot.version)}
                    >
                      Pin…
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </FigureFrame>
  )
}

function Marks({
  snapshot: { version, pinnedFrom },
  head,
}: {
  readonly snapshot: Snapshot
  readonly head: SnapshotsBody['head']
}) {
  const marks = [
    ...(version === head.version ? ['newest'] : []),
    ...(version === head.pinnedVersion ? ['pinned'] : []),
    ...(version === head.heldVersion ? ['held'] : []),
    ...(pinnedFrom === null ? [] : [`repeats ${pinnedFrom}`]),
  ]
  return marks.map((mark) => (
    <span
      key={mark}
      className="ml-1.5 rounded-sm bg-accent-soft px-1 text-xs font-normal text-accent"
    >
      {mark}
    </span>
  ))
}

function Leaders({ snapshot: { leaders, pinnedFrom } }: { readonly snapshot: Snapshot }) {
  if (leaders.length === 0) {
    return (
      <span className="text-faint">
        {pinnedFrom === null ? 'the same leaders' : `the content of version ${pinnedFrom}`}
      </span>
    )
  }
  return (
    <ul>
      {leaders.map(({ taskType, before, after }) => (
        <li key={taskType}>
          <TaskLink taskType={taskType} />:{' '}
          {before === null ? 'none' : <ModelName model={before} />} →{' '}
          {after === null ? 'none' : <ModelName model={after} />}
        </li>
      ))}
    </ul>
  )
}
