import { createHash } from 'node:crypto'

/** Which snapshot an instance gets while a canary runs. */
export type Track = 'newest' | 'held'

/**
 * Puts an instance on a track: a share of all instances gets the newest snapshot, the others are held.
 * Raising the share only ever moves instances from `held` to `newest`. No running canary is share 1.
 *
 * winrate.pull_snapshot computes the same in SQL, so an instance is on one track over every transport.
 */
export function trackOf(instanceId: string, share: number): Track {
  return positionOf(instanceId) < share ? 'newest' : 'held'
}

function positionOf(instanceId: string): number {
  return createHash('md5').update(instanceId, 'utf8').digest().readUInt32BE(0) / 2 ** 32
}
