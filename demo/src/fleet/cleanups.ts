/** The steps that clean up at the end of a run, whatever ends it. */
export interface Cleanups {
  /**
   * Registers a step; steps run in reverse order. After `run`, a new step runs at once, so that whatever was
   * still starting when the run ended is cleaned up too.
   */
  add(step: () => Promise<void>): void
  /** Runs every step once, even if another fails, and throws the first failure at the end. */
  run(): Promise<void>
}

export function createCleanups(): Cleanups {
  const steps: (() => Promise<void>)[] = []
  let over = false
  return {
    add(step) {
      if (over) step().catch(() => {})
      else steps.push(step)
    },
    async run() {
      over = true
      const failures: unknown[] = []
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        await step().catch((error: unknown) => failures.push(error))
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
