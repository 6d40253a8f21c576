import type { StatusBody } from '@winrate/shared-schema/http'
import { kindOf, writeLimits } from './limit-text.ts'

/** What the project may do, and what was refused lately, each as a sentence. */
export function describeLimits({ project, reached }: StatusBody['limits']): string[] {
  const own = writeLimits(project)
  return [
    ...(own === 'none' ? [] : [`Limits of the project, on each replica: ${own}.`]),
    ...reached.map(({ token, limit, most, refused, lastAt }) => {
      const kind = kindOf(limit)
      const whose = token === null ? 'the project' : `the token ${token.id} (${token.label})`
      const written = kind === undefined ? `${limit}=${most}` : writeLimits({ [kind]: most })
      const what = kind === 'taskTypesPerDay' || kind === 'modelsPerDay' ? 'outcomes' : 'requests'
      return `Refused in the last 24 hours: ${refused} ${what}, by ${written} of ${whose}; last at ${lastAt}.`
    }),
  ]
}
