import type { SnapshotHead, SnapshotsBody } from '@winrate/shared-schema/http'
import { type ReactNode, useState } from 'react'
import { useChange } from '../../api/queries.ts'
import { modelText } from '../../format/names.ts'
import { formatMoment } from '../../format/times.ts'
import { Confirm } from '../../parts/confirm.tsx'

export type HeadChange =
  | { readonly kind: 'pin'; readonly version: number }
  | { readonly kind: 'unpin' | 'canary' | 'promote' | 'abort' }

const texts = {
  pin: ['Serve this version again?', 'Pin'],
  unpin: ['Serve current metrics again?', 'Unpin'],
  canary: ['Give new snapshots to a share first?', 'Start'],
  promote: ['Give the newest snapshot to all?', 'Promote'],
  abort: ['Give the held snapshot to all?', 'Abort the canary'],
} as const

const SHARES = [5, 10, 25, 50]

/** Changes what is served; says beforehand what that does. */
export function HeadDialog({
  change,
  body,
  onClose,
}: {
  readonly change: HeadChange
  readonly body: SnapshotsBody
  readonly onClose: () => void
}) {
  const send = useChange()
  const [percent, setPercent] = useState(10)
  const [title, action] = texts[change.kind]
  const paths = {
    pin: 'pin',
    unpin: 'unpin',
    canary: 'canary',
    promote: 'canary/promote',
    abort: 'canary/abort',
  }
  const confirm = async () => {
    const given =
      change.kind === 'pin'
        ? { version: change.version }
        : change.kind === 'canary'
          ? { share: percent / 100 }
          : undefined
    const head = await send<SnapshotHead>(`v1/admin/${paths[change.kind]}`, given)
    return `Done: version ${head.version} is the newest now. Clients on the stream have it within a second.`
  }
  return (
    <Confirm title={title} action={action} onConfirm={confirm} onClose={onClose}>
      <div className="space-y-2 text-muted">
        <Effect change={change} body={body} />
      </div>
      {change.kind === 'canary' && (
        <label className="mt-4 block">
          <span className="text-xs text-muted">Share of the instances</span>
          <select
            className="field mt-1 w-full"
            value={percent}
            onChange={(event) => setPercent(Number(event.target.value))}
          >
            {SHARES.map((share) => (
              <option key={share} value={share}>
                {share} %
              </option>
            ))}
          </select>
        </label>
      )}
    </Confirm>
  )
}

function Effect({
  change,
  body,
}: {
  readonly change: HeadChange
  readonly body: SnapshotsBody
}): ReactNode {
  const { head, snapshots } = body
  if (change.kind === 'pin') {
    const made = snapshots.find(({ version }) => version === change.version)
    const since = snapshots
      .filter(({ version }) => version > change.version)
      .flatMap(({ leaders }) => leaders)
    return (
      <>
        <p>
          Every instance gets the content of version {change.version}
          {made !== undefined && ` of ${formatMoment(made.createdAt)}`} as a new version. Outcomes
          are still counted, and change nothing until you unpin.
        </p>
        {since.length > 0 && (
          <p>
            Undone by it: {since.slice(0, 5).map(leaderText).join('; ')}
            {since.length > 5 && `; and ${since.length - 5} more`}.
          </p>
        )}
      </>
    )
  }
  if (change.kind === 'unpin')
    return (
      <p>
        Version {head.pinnedVersion} is no longer repeated. The next tick gives current metrics to
        every instance.
      </p>
    )
  if (change.kind === 'canary')
    return (
      <p>
        A share of the instances, always the same ones, gets new snapshots. The others are held at
        version {head.version} until you promote or abort.
      </p>
    )
  if (change.kind === 'promote')
    return (
      <p>
        The instances that are held at version {head.heldVersion} get version {head.version}, and
        newer ones as they come.
      </p>
    )
  return (
    <p>
      Every instance gets the content of version {head.heldVersion} as a new version. Where nothing
      was pinned before, the next tick gives current metrics to all.
    </p>
  )
}

function leaderText({
  taskType,
  before,
  after,
}: SnapshotsBody['snapshots'][number]['leaders'][number]): string {
  const name = (leader: typeof before) => (leader === null ? 'none' : modelText(leader))
  return `${taskType} went from ${name(before)} to ${name(after)}`
}
