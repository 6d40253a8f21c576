// A thread that runs jobs until it is terminated.
import { parentPort, workerData } from 'node:worker_threads'
import { loadReplaySets, type ReplayData } from '../replay/load-replay-sets.ts'
import type { ReplaySet } from '../replay/replay-set.ts'
import { type Job, runJob } from './job.ts'

const data: ReplayData = workerData
let loaded: Promise<readonly ReplaySet[]> | undefined

function sets(): Promise<readonly ReplaySet[]> {
  loaded ??= loadReplaySets(data)
  return loaded
}

parentPort?.on('message', async (job: Job) => {
  // A failure stays unhandled here, which ends the thread and notifies the main thread.
  parentPort?.postMessage(await runJob(job, sets))
})
