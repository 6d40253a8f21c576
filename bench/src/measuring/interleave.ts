import { type Spread, spreadOf } from './spread.ts'

/** Something to measure: each call runs one repeat and returns its figure. */
export type Contender = () => Promise<number>

/**
 * Measures every contender once, then every one again, and so on, so that a temporary disturbance of the
 * machine affects all of them.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  repeats: number,
  onMeasured: (name: Name, value: number) => void = () => {},
): Promise<Record<Name, Spread>> {
  const entries = Object.entries<Contender>(contenders)
  const values = new Map<string, number[]>(entries.map(([name]) => [name, []]))
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const [name, measure] of entries) {
      const value = await measure()
      values.get(name)?.push(value)
      onMeasured(name as Name, value)
    }
  }
  return Object.fromEntries(
    [...values].map(([name, measured]) => [name, spreadOf(measured)]),
  ) as Record<Name, Spread>
}
