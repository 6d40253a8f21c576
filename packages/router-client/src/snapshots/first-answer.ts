/** How the first try of the source ended; undefined while it lasts. */
export type FirstAnswer = 'fresh' | 'nothing' | 'failed' | undefined

export interface FirstAnswerBox {
  give(answer: NonNullable<FirstAnswer>): void
  current(): FirstAnswer
  /** Resolves once there is an answer, or none will come. */
  readonly settled: Promise<void>
  /** None will come. */
  close(): void
}

export function createFirstAnswer(): FirstAnswerBox {
  let current: FirstAnswer
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  return {
    give(answer) {
      // What is fresh once stays so; a failure at first may be made good.
      if (current !== 'fresh') current = answer
      settle()
    },
    current: () => current,
    settled,
    close: settle,
  }
}
