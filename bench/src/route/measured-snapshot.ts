// Measures what one snapshot does to an agent, in a process of its own: the first decision after it, the longest time
// that the event loop stood while it was taken, and the heap that it leaves. Prints the figures as JSON.
import { argv, stdout } from 'node:process'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createRouter, type SnapshotReceiver } from '@winrate/router-client'
import { spreadOf } from '../measuring/spread.ts'
import { inventedText } from './invented-snapshots.ts'

const [, , shape = '', cells = '0'] = argv
const VERSIONS = 5
const receivers: SnapshotReceiver[] = []
const router = createRouter({
  snapshots: {
    expectsUpdates: false,
    start: (receiver) => void receivers.push(receiver),
    stop: async () => undefined,
    status: () => ({ kind: 'bench', state: 'polling' }),
  },
})
const [receiver] = receivers
if (receiver === undefined) throw new Error('the router did not start its source')
const texts = Array.from({ length: VERSIONS }, (_, at) =>
  inventedText(shape, Number(cells), at + 1),
)
router.route('text', 'chat')
const before = heapBytes()
const [first = '', ...others] = texts
const { firstMs: coldMs } = await takeSnapshot(receiver, first)
const bytes = heapBytes() - before
const times = []
for (const text of others) times.push(await takeSnapshot(receiver, text))
const firstMs = spreadOf(times.map((one) => one.firstMs)).median
const stallMs = spreadOf(times.map((one) => one.stallMs)).median
stdout.write(JSON.stringify({ coldMs, firstMs, stallMs, bytes }), () => process.exit())

/** Takes a snapshot, and makes the first decision after it. */
async function takeSnapshot(from: SnapshotReceiver, text: string) {
  let taking = true
  let stallMs = 0
  async function watch(): Promise<void> {
    let last = performance.now()
    while (taking) {
      await nextTurn()
      const now = performance.now()
      stallMs = Math.max(stallMs, now - last)
      last = now
    }
  }
  const watching = watch()
  const answer = await from.offerText(text)
  taking = false
  await watching
  if (answer !== 'accepted') throw new Error(`the snapshot was ${answer}`)
  const start = performance.now()
  router.route('text', 'coding')
  return { firstMs: performance.now() - start, stallMs }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
