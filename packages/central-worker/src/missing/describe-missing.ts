import type { MissingOutcomes, UnequalVerdicts } from './find-missing.ts'

/** For people: the clearest first, and what to do. Undefined where nothing is missing. */
export function describeMissing(
  missing: readonly Pick<
    MissingOutcomes,
    'taskType' | 'modelName' | 'reportedShare' | 'failuresPerOutcome' | 'z'
  >[],
): string | undefined {
  const [worst, ...others] = [...missing].sort((one, other) => other.z - one.z)
  if (worst === undefined) return undefined
  const more = others.length === 0 ? '' : ` (and of ${others.length} more)`
  const share = Math.round(100 * (1 - worst.reportedShare))
  const what = `outcomes of ${worst.modelName} at ${worst.taskType} are missing${more}: about ${share} % fewer than those of other models`
  const todo = 'report every outcome, time-outs and crashes too'
  return worst.failuresPerOutcome > 0
    ? `${what}; they count as failures until they are reported: ${todo}`
    : `${what}: ${todo}; or, if it is no candidate of all requests, ignore this`
}

/** The same of models of which clearly more or fewer answers have a verdict. Undefined where verdicts are equal. */
export function describeUnequal(
  verdicts: readonly Pick<UnequalVerdicts, 'taskType' | 'modelName' | 'relativeShare' | 'z'>[],
): string | undefined {
  const [worst, ...others] = [...verdicts].sort((one, other) => Math.abs(other.z) - Math.abs(one.z))
  if (worst === undefined) return undefined
  const more = others.length === 0 ? '' : ` (and ${others.length} more models differ)`
  const percent = Math.round(100 * Math.abs(1 - worst.relativeShare))
  const how = worst.relativeShare < 1 ? 'fewer' : 'more'
  return `answers of ${worst.modelName} at ${worst.taskType} have about ${percent} % ${how} verdicts than those of other models${more}, so their win rates may not compare: judge answers, or a random share of them, by the same rule for every model`
}
