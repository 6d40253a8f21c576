import type { SnapshotsBody } from '@winrate/shared-schema/http'
import { useState } from 'react'
import { useIsAdmin, useSnapshots } from '../../api/queries.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { Answer } from '../../parts/states.tsx'
import { Clients } from './clients.tsx'
import { type HeadChange, HeadDialog } from './head-dialog.tsx'
import { SnapshotTable } from './snapshot-table.tsx'

/** What clients decide by, what changed in it, and how to go back. */
export function SnapshotsPage() {
  const snapshots = useSnapshots()
  return (
    <>
      <PageHead title="Snapshots">
        What clients decide by, what changed in it, and how to go back.
      </PageHead>
      <Answer query={snapshots}>{(body) => <Snapshots body={body} />}</Answer>
    </>
  )
}

function Snapshots({ body }: { readonly body: SnapshotsBody }) {
  const [change, setChange] = useState<HeadChange>()
  return (
    <div className="grid gap-4">
      <Head body={body} onChange={setChange} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <SnapshotTable body={body} onPin={(version) => setChange({ kind: 'pin', version })} />
        <Clients body={body} />
      </div>
      {change !== undefined && (
        <HeadDialog change={change} body={body} onClose={() => setChange(undefined)} />
      )}
    </div>
  )
}

function Head({
  body: { head },
  onChange,
}: {
  readonly body: SnapshotsBody
  readonly onChange: (change: HeadChange) => void
}) {
  const isAdmin = useIsAdmin()
  const action = (kind: 'unpin' | 'canary' | 'promote' | 'abort', text: string) => (
    <button
      type="button"
      className="button"
      disabled={!isAdmin}
      title={isAdmin ? undefined : 'Needs a token for admin'}
      onClick={() => onChange({ kind })}
    >
      {text}
    </button>
  )
  return (
    <section
      aria-label="Served"
      className="card flex flex-wrap items-center justify-between gap-3 px-4 py-3"
    >
      <p className="text-base leading-6 font-medium" role="status">
        {sentence(head)}
      </p>
      <div className="flex flex-wrap gap-2">
        {head.pinnedVersion !== null && head.heldVersion === null && action('unpin', 'Unpin…')}
        {head.heldVersion === null && head.version > 0 && action('canary', 'Start a canary…')}
        {head.heldVersion !== null && action('promote', 'Promote…')}
        {head.heldVersion !== null && action('abort', 'Abort…')}
      </div>
    </section>
  )
}

function sentence({
  version,
  pinnedVersion,
  heldVersion,
  canaryShare,
}: SnapshotsBody['head']): string {
  if (version === 0) return 'No snapshot was published yet: the first comes with the first tick.'
  if (heldVersion !== null) {
    return `A canary runs: ${Math.round((canaryShare ?? 0) * 100)} % of the instances get version ${version} and newer, the others stay at ${heldVersion}.`
  }
  if (pinnedVersion !== null)
    return `Version ${pinnedVersion} is pinned: every newer one repeats it.`
  return `Every instance gets version ${version}, the newest.`
}
