import { type Contender, chancesOfBeingBest } from './chances-of-being-best.ts'

/** A smaller chance, or share of exploration, is none: it would be too small to weigh outcomes by. */
export const LEAST_CHANCE = 1e-9

/** Chances to be chosen by Thompson sampling, a share of the choices being uniform. */
export function thompsonChances(
  contenders: readonly Contender[],
  exploration: number,
): Float64Array {
  return withExploration(withoutTheLeast(chancesOfBeingBest(contenders)), exploration)
}

/** Chances to be chosen by rank: the first of `count`, a share of the choices being uniform. */
export function firstChances(count: number, exploration: number): Float64Array {
  const chances = new Float64Array(count)
  chances[0] = 1
  return withExploration(chances, exploration)
}

function withoutTheLeast(chances: Float64Array): Float64Array {
  const kept = chances.map((chance) => (chance < LEAST_CHANCE ? 0 : chance))
  const total = kept.reduce((sum, chance) => sum + chance, 0)
  return kept.map((chance) => chance / total)
}

function withExploration(chances: Float64Array, exploration: number): Float64Array {
  if (!(exploration >= LEAST_CHANCE)) return chances
  const share = Math.min(1, exploration)
  return chances.map((chance) => (1 - share) * chance + share / chances.length)
}
