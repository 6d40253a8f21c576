// The request that the reader puts together, as it stands in the address.
import type { ExplainRequest } from '@winrate/shared-schema/http'

export interface WhatIf {
  readonly task: string
  readonly reference: string
  /** Weight of the cost, 0 to 100; empty leaves it to the policy. */
  readonly cost: string
  readonly speed: string
  readonly price: string
  readonly level: string
  readonly exclude: string
  readonly risk: string
  readonly tools: string
  /** `yes` where the caller checks answers. */
  readonly verified: string
}

/** What to ask, or undefined where nothing was chosen yet. */
export function requestOf(whatIf: WhatIf): ExplainRequest | undefined {
  const { task, reference, verified } = whatIf
  const options = optionsOf(whatIf)
  const asked = {
    ...(Object.keys(options).length > 0 && { options }),
    ...(verified === 'yes' && { verified: true }),
  }
  if (reference.trim() !== '') return { reference: reference.trim(), ...asked }
  return task === '' ? undefined : { taskType: task, ...asked }
}

/** The same as options of `route()`. */
export function optionsOf({
  cost,
  speed,
  price,
  level,
  exclude,
  risk,
  tools,
}: WhatIf): Record<string, unknown> {
  const weights = { cost: share(cost), speed: share(speed) }
  const excluded = exclude
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const limit = Number(price)
  return {
    ...((cost !== '' || speed !== '') && {
      prefer: { winRate: Math.max(0, 1 - weights.cost - weights.speed), ...weights },
    }),
    ...(price !== '' && Number.isFinite(limit) && limit >= 0 && { maxCostUsdPerMTokens: limit }),
    ...(level !== '' && { thinkingLevel: level }),
    ...(excluded.length > 0 && { exclude: excluded }),
    ...(risk === 'high' && { risk }),
    ...(tools === 'yes' && { tools: true }),
  }
}

function share(percent: string): number {
  const value = Number(percent) / 100
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0
}
