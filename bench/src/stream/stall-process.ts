// Measures how long one client's event loop stalls while it applies a snapshot or a delta and writes its cache
// file. The input is built beforehand, so that only the client's own work is timed. The process ends when
// its parent is gone.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createRouter, type SnapshotReceiver } from '@winrate/router-client'
import { z } from 'zod'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { deltaText, makeTable } from './made-table.ts'

/** Turns of the event loop to watch after each change, while the cache file is written. */
const WATCHED_TURNS = 60
const PAUSE_MS = 5

async function longestTurnMs(change: () => Promise<unknown>): Promise<number> {
  let turnBeganMs = performance.now()
  let watched = 0
  let changing = true
  void change().finally(() => {
    changing = false
  })
  let longestMs = 0
  while (changing || watched < WATCHED_TURNS) {
    await nextTurn()
    if (!changing) watched += 1
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - turnBeganMs)
    turnBeganMs = nowMs
  }
  return longestMs
}

const sizeSchema = z.object({ tasks: z.int(), models: z.int(), rows: z.int(), rounds: z.int() })

serveRequests({
  /** Returns the longest turn during the whole snapshot, then during each delta. */
  stalls: handle(sizeSchema, async ({ tasks, models, rows, rounds }) => {
    const folder = await mkdtemp(join(tmpdir(), 'winrate-bench-'))
    let receiver: SnapshotReceiver | undefined
    const router = createRouter({
      snapshots: {
        expectsUpdates: true,
        start: (given) => {
          receiver = given
        },
        stop: async () => undefined,
        status: () => ({ kind: 'bench', state: 'streaming' }),
      },
      cacheFile: join(folder, 'snapshot.json'),
    })
    const started = () => {
      if (receiver === undefined) throw new Error('the router did not start its source')
      return receiver
    }
    const { text, deltas } = makeDeltas({ tasks, models }, rows, rounds)
    globalThis.gc?.()
    const stalls = [await longestTurnMs(() => started().offerText(text))]
    for (const delta of deltas) {
      await sleep(PAUSE_MS)
      stalls.push(await longestTurnMs(() => started().offerDelta(delta)))
    }
    if (router.status().snapshot?.version !== rounds + 1) throw new Error('a delta was refused')
    await router.close()
    await rm(folder, { recursive: true, force: true })
    return stalls
  }),
})

function makeDeltas(size: { tasks: number; models: number }, rows: number, count: number) {
  const table = makeTable(size)
  const text = table.text(1)
  const deltas: string[] = []
  for (let before = text, version = 2; version < count + 2; version += 1) {
    table.change(rows)
    const next = table.text(version)
    deltas.push(deltaText(before, next))
    before = next
  }
  return { text, deltas }
}

endWithParent()
