/** What has to be undone at the end of a run, whatever ends it. */
export interface Cleanups {
  /**
   * Registers a step; the last one registered runs first. After `run` it is carried out at once: what
   * was still being started when the run was ended must go too.
   */
  add(step: () => Promise<void>): void
  /** Runs all steps once, each even if another fails; throws the first failure at the end. */
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
