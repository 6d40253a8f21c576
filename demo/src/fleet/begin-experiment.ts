// Begins the standing experiment by the worker's own command.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { RunError } from '../errors.ts'
import { workerEnvironment, workerMain } from './spawn-worker.ts'

/** Throws RunError if the command fails. */
export async function beginExperiment(experiment: {
  readonly connectionString: string
  readonly share: number
  readonly baseline: string
}): Promise<void> {
  const { connectionString, share, baseline } = experiment
  const args = [workerMain(), 'holdout', String(share), '--baseline', baseline]
  const env = workerEnvironment({ DATABASE_URL: connectionString })
  try {
    await promisify(execFile)(process.execPath, args, { env })
  } catch (error) {
    throw new RunError(`the experiment did not begin: ${String(error)}`)
  }
}
