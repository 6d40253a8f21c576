// How operators write limits, in the environment and on the command line: `outcomes=500/s`, `streams=20`, `models=10/d`.
import type { Limits } from '@winrate/shared-schema/http'
import { z } from 'zod'

/** The name of each limit for people and metrics, and per which time it is. */
export const limitKinds = {
  outcomesPerSecond: { name: 'outcomes', per: '/s' },
  bytesPerSecond: { name: 'bytes', per: '/s' },
  streams: { name: 'streams', per: '' },
  taskTypesPerDay: { name: 'task-types', per: '/d' },
  modelsPerDay: { name: 'models', per: '/d' },
} as const satisfies Record<keyof Limits, { readonly name: string; readonly per: string }>

export type LimitKind = keyof typeof limitKinds

const kinds = Object.entries(limitKinds) as [LimitKind, (typeof limitKinds)[LimitKind]][]

const MOST_DIGITS = 12

/** A list of texts, each one limit. */
export const limitTextsSchema = z.array(z.string()).transform((texts, context): Limits => {
  const limits: Limits = {}
  for (const text of texts) {
    const found = readLimit(text)
    if (found === undefined) context.addIssue(`${JSON.stringify(text)} is no limit: ${EXAMPLES}`)
    else if (limits[found.kind] !== undefined) context.addIssue(`${text}: is there twice`)
    else limits[found.kind] = found.most
  }
  return limits
})

export const EXAMPLES = kinds.map(([, { name, per }]) => `${name}=NUMBER${per}`).join(', ')

function readLimit(text: string): { kind: LimitKind; most: number } | undefined {
  for (const [kind, { name, per }] of kinds) {
    if (!text.startsWith(`${name}=`) || !text.endsWith(per)) continue
    const digits = text.slice(name.length + 1, text.length - per.length)
    const isNumber = /^[1-9]\d*$/.test(digits) && digits.length <= MOST_DIGITS
    return isNumber ? { kind, most: Number(digits) } : undefined
  }
  return undefined
}

/** Which limit has this name; undefined where this version has none of it. */
export function kindOf(name: string): LimitKind | undefined {
  return kinds.find(([, kind]) => kind.name === name)?.[0]
}

/** As `limitTextsSchema` reads them; `none` where there is no limit. */
export function writeLimits(limits: Limits): string {
  const texts = kinds.flatMap(([kind, { name, per }]) =>
    limits[kind] === undefined ? [] : [`${name}=${limits[kind]}${per}`],
  )
  return texts.length === 0 ? 'none' : texts.join(' ')
}
