// What an instance knows of one model, or of a provider as a whole.
import { modelKey, plainProvider } from '@winrate/shared-schema/contracts'
import type { Random } from '../runtime/random.ts'
import { Breaker } from './breaker.ts'
import { RiskOfCalls } from './call-risk.ts'
import type { Cooling } from './cooling.ts'
import { UnderWay } from './under-way.ts'

const UNREACHABLE = /econnrefused|enotfound|eai|unreach|dns|nxdomain/i

/** A model, or without a name its provider as a whole. */
export interface Part {
  readonly provider: string
  readonly modelName?: string | undefined
}

export class Known {
  readonly breaker: Breaker
  readonly underWay = new UnderWay()
  readonly risk = new RiskOfCalls()
  readonly key: string
  readonly provider: string
  readonly modelName: string | undefined
  /** What was told of it and is not over. */
  told: Cooling | undefined

  constructor(key: string, { provider, modelName }: Part, random: Random) {
    this.key = key
    this.provider = provider
    this.modelName = modelName
    this.breaker = new Breaker(random)
  }
}

/** Whether no connection to the model comes about. */
export function isUnreachable({ modelName, breaker: { open } }: Known): boolean {
  return modelName !== undefined && open?.cause === 'transport' && UNREACHABLE.test(open.word ?? '')
}

/** Providers are compared whatever their case. */
export function keyOf({ provider, modelName = '' }: Part): string {
  return modelKey({ provider: plainProvider(provider), modelName })
}
