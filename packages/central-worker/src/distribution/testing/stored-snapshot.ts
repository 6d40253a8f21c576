import { gzipSync } from 'node:zlib'
import { writeSnapshotText } from '@winrate/shared-schema/contracts'
import type { StoredHead, StoredSnapshot } from '../read-stored-head.ts'

export const testEpoch = '0198a000-0000-7000-8000-000000000001'
export const otherEpoch = '0198a000-0000-7000-8000-000000000002'

const createdAt = '2026-08-01T12:00:00.000Z'

/** A small real snapshot as the database would keep it. */
export function storedSnapshot(version: number, epoch = testEpoch): StoredSnapshot {
  const text = writeSnapshotText({
    epoch,
    version,
    createdAt,
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0 },
    tasks: ['coding'],
    models: [{ provider: 'openai', name: 'codex' }],
    cells: {
      task: [0],
      model: [0],
      samples: [10 + version],
      successes: [9],
      quality: [null],
      responseTimeMs: [null],
      costUsd: [null],
    },
  })
  return fromText(text, { epoch, version })
}

/** A large snapshot of which one cell changes from version to version, so that a delta pays. */
export function largeSnapshot(version: number, epoch = testEpoch): StoredSnapshot {
  const places = Array.from({ length: 500 }, (_, at) => at)
  const text = writeSnapshotText({
    epoch,
    version,
    createdAt,
    windowDays: 7,
    policy: { kind: 'threshold', exploration: 0 },
    tasks: ['coding'],
    models: places.map((at) => ({ provider: 'openai', name: `model-${at}` })),
    cells: {
      task: places.map(() => 0),
      model: places,
      samples: places.map((at) => (at === 7 ? 10_000 + version : 1_000 + ((at * 7_919) % 1_000))),
      successes: places.map((at) => (at * 104_729) % 1_000),
      quality: places.map(() => null),
      responseTimeMs: places.map(() => null),
      costUsd: places.map(() => null),
    },
  })
  return fromText(text, { epoch, version })
}

/** A snapshot whose text is so long that no socket takes it at once. */
export function bulkySnapshot(version: number, bytes = 24 * 1024 * 1024): StoredSnapshot {
  const text = JSON.stringify({ version, padding: 'x'.repeat(bytes) })
  return fromText(text, { epoch: testEpoch, version })
}

export function fromText(
  text: string,
  { epoch, version }: { epoch: string; version: number },
): StoredSnapshot {
  return { epoch, version, gzip: gzipSync(text, { level: 1 }) }
}

/** The head that serves one snapshot to all, or a canary where `held` is given. */
export function storedHead(
  newest: StoredSnapshot,
  canary?: { held: StoredSnapshot; share: number },
): StoredHead {
  const { epoch, version } = newest
  return {
    epoch,
    version,
    heldVersion: canary?.held.version ?? null,
    canaryShare: canary?.share ?? null,
    newest,
    held: canary?.held ?? null,
  }
}
