import { runInNewContext } from 'node:vm'
import type { Random } from '../random/seeded-random.ts'

export interface CodingTask {
  readonly prompt: string
  readonly testsPass: (code: string) => boolean
}

export function drawTask(random: Random): CodingTask {
  const amount = Math.floor(random() * 100)
  return {
    prompt: `Write a JavaScript function that adds ${amount} to a number.`,
    // Runs the code, which is that of this program's own models.
    testsPass: (code) => runInNewContext(`(${code})(1)`) === 1 + amount,
  }
}
