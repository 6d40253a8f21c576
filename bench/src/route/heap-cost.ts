import { spreadOf } from '../measuring/spread.ts'
import { GREEDY, learnedRouter, SAMPLED } from './learned-routers.ts'
import { inTurn, texts } from './requests.ts'

const CALLS = 2_000
const ROUNDS = 60

export interface HeapCost {
  readonly greedyBytes: number
  readonly sampledBytes: number
}

/** Bytes of heap per decision among this many candidates, after a warm-up. */
export async function heapCost(candidates: number): Promise<HeapCost> {
  return {
    greedyBytes: await bytesPerCall(candidates, GREEDY),
    sampledBytes: await bytesPerCall(candidates, SAMPLED),
  }
}

async function bytesPerCall(...router: Parameters<typeof learnedRouter>): Promise<number> {
  const { route } = await learnedRouter(...router)
  const text = inTurn(texts)
  const decideAll = () => {
    for (let call = 0; call < CALLS; call += 1) route(text(), 'coding')
  }
  for (let round = 0; round < ROUNDS; round += 1) decideAll()
  const bytes: number[] = []
  while (bytes.length < ROUNDS) {
    const before = process.memoryUsage().heapUsed
    decideAll()
    const taken = process.memoryUsage().heapUsed - before
    // A negative value means that the garbage collector ran in between.
    if (taken > 0) bytes.push(taken / CALLS)
  }
  return spreadOf(bytes).median
}
