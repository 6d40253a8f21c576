/** Makes a share of a run's outcomes, and knows the fate of each. */
export interface Producer {
  readonly name: string
  /** Outcomes made so far, poison included. */
  recorded(): number
  /** Resolves when all outcomes are made and the producer knows their fate, or rejects. */
  readonly done: Promise<void>
}

const TURN_MS = 20

/** Calls `make` with the number of outcomes that are due, at a steady rate; waits while it is busy. */
export async function makeSteadily(
  { outcomes, rate }: { readonly outcomes: number; readonly rate: number },
  make: (due: number) => Promise<void> | void,
): Promise<void> {
  const startMs = performance.now()
  for (let made = 0; made < outcomes; ) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * rate)
    const now = Math.min(due, outcomes) - made
    if (now > 0) await make(now)
    made += Math.max(now, 0)
    await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  }
}
