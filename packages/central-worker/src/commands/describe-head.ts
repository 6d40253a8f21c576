import type { SnapshotHead } from '../snapshots/snapshot-store.ts'

/** What is served to whom, in a sentence. */
export function describeHead(head: SnapshotHead): string {
  const { epoch, version, pinnedVersion, heldVersion, canaryShare } = head
  const newest = version === 0 ? 'none yet' : `version ${version} of epoch ${epoch}`
  const pinned =
    pinnedVersion === null ? '' : ` It repeats version ${pinnedVersion}, which is pinned.`
  const canary =
    heldVersion === null || canaryShare === null
      ? ''
      : ` A canary gives it to ${(canaryShare * 100).toFixed(1)} % of the instances; the others stay at version ${heldVersion}.`
  return `Snapshot: ${newest}.${pinned}${canary}`
}
