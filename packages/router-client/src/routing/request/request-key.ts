import type { ExcludedModels } from './read-models.ts'
import type { RequestOptions } from './request.ts'

/** Equal for requests that say the same: names contain no control characters, so no two parts run together. */
export function requestKey(
  taskType: string,
  options: RequestOptions,
  problems: readonly string[],
): string {
  const { prefer, candidates, exclude, maxCostUsdPerMTokens, thinkingLevel, risk, tools } = options
  let key = taskType
  if (options.leastRefused === true) key += '\u0010'
  if (risk !== undefined) key += `\u0001${risk}`
  if (tools !== undefined) key += `\u0002${tools}`
  if (thinkingLevel !== undefined) key += `\u0003${thinkingLevel}`
  if (maxCostUsdPerMTokens !== undefined) key += `\u0004${maxCostUsdPerMTokens}`
  if (prefer !== undefined) key += `\u0005${JSON.stringify(prefer)}`
  if (exclude !== undefined) key += `\u0006${exclude.map(modelText).join('\u0007')}`
  if (candidates !== undefined) key += `\u000e${candidates.map(modelText).join('\u0007')}`
  return problems.length === 0 ? key : `${key}\u000f${JSON.stringify(problems)}`
}

function modelText({
  name,
  model = '',
  provider = '',
  thinkingLevel = '',
}: ExcludedModels & { readonly thinkingLevel?: string | undefined }): string {
  if (name !== undefined) return `${name}\u0011`
  if (provider === '' && thinkingLevel === '') return model
  return `${model}\u0008${provider}\u0008${thinkingLevel}`
}
