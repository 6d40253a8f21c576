import { Worker } from 'node:worker_threads'
import type { ReplayData } from '../replay/load-replay-sets.ts'
import type { Job, JobResult } from './job.ts'

/** Most objects of a run die young: with the default size, collecting them takes a sixth of the time. */
const YOUNG_MB = 192

export interface RunJobsInput {
  readonly jobs: readonly Job[]
  readonly data: ReplayData
  readonly threads: number
  readonly onDone: (done: number) => void
}

/**
 * Runs all jobs on several threads and returns the results in the order of the jobs, so that nothing
 * depends on which thread was faster. The first failure ends all threads.
 */
export async function runJobs(input: RunJobsInput): Promise<readonly JobResult[]> {
  const results = new Array<JobResult>(input.jobs.length)
  const queue = [...input.jobs.entries()].reverse()
  let done = 0
  const threads = Array.from(
    { length: Math.min(input.threads, input.jobs.length) },
    () =>
      new Worker(new URL('./thread.js', import.meta.url), {
        workerData: input.data,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
  )
  try {
    await Promise.all(
      threads.map((thread) =>
        work(thread, queue, (at, result) => {
          results[at] = result
          done += 1
          input.onDone(done)
        }),
      ),
    )
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
  return results
}

function work(
  thread: Worker,
  queue: [at: number, job: Job][],
  onResult: (at: number, result: JobResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let current = -1
    const next = () => {
      const taken = queue.pop()
      if (taken === undefined) {
        resolve()
        return
      }
      current = taken[0]
      thread.postMessage(taken[1])
    }
    thread.on('message', (result: JobResult) => {
      onResult(current, result)
      next()
    })
    thread.on('error', reject)
    thread.on('exit', (code) => reject(new Error(`a thread exited with code ${code}`)))
    next()
  })
}
