// Logs of a fleet whose sessions stay with their first draw and whose outcomes hang together: a session's work is harder
// or easier by a logit that is normal across sessions.
import { candidateOf, type SyntheticDecision, seededRandom } from './synthetic-log.ts'

export interface SessionLogInput {
  readonly seed: number
  readonly instances: number
  readonly hours: number
  readonly decisionsPerHour: number
  /** How long a session lasts; 0 where every decision is for itself. */
  readonly sessionHours: number
  /** Standard deviation of the sessions' logit. */
  readonly effect: number
  /** Whether outcomes name their session; else clusters are days of instances. */
  readonly namesSessions: boolean
  /** Logit of each model's success in usual work, with its chance. */
  readonly models: readonly {
    readonly modelName: string
    readonly logit: number
    readonly chance: number
  }[]
}

/** In the order of time. */
export function makeSessionLog(input: SessionLogInput): SyntheticDecision[] {
  const { seed, instances, hours, decisionsPerHour, sessionHours, effect, models } = input
  const random = seededRandom(seed)
  const started = Array.from({ length: instances }, () => random())
  const sessions = new Map<string, ReturnType<typeof begin>>()
  const begin = () => {
    let rest = random()
    const drawn = models.find(({ chance }) => {
      rest -= chance
      return rest < 0
    })
    const model = drawn ?? models[0]
    if (model === undefined) throw new Error('there is no model')
    return { model, logit: effect * normal(random) }
  }
  const steps = hours * decisionsPerHour
  return Array.from({ length: steps * instances }, (_, number): SyntheticDecision => {
    const instance = number % instances
    const hour = Math.floor(number / instances) / decisionsPerHour
    const place =
      sessionHours === 0 ? number : Math.floor(hour / sessionHours + (started[instance] ?? 0))
    const name = `${instance} ${place}`
    const { model, logit } = sessions.get(name) ?? begin()
    sessions.set(name, { model, logit })
    return {
      cluster: input.namesSessions ? `session ${name}` : `${instance} ${Math.floor(hour / 24)}`,
      taskType: 'coding',
      candidate: candidateOf(model.modelName),
      propensity: model.chance,
      success: random() < 1 / (1 + Math.exp(-model.logit - logit)),
      costUsd: undefined,
    }
  })
}

/** Mean success of a logit in all sessions. */
export function meanSuccess(logit: number, effect: number): number {
  const steps = 400
  let sum = 0
  let weights = 0
  for (let step = 0; step <= steps; step += 1) {
    const z = -6 + (12 * step) / steps
    const weight = Math.exp((-z * z) / 2)
    sum += weight / (1 + Math.exp(-logit - effect * z))
    weights += weight
  }
  return sum / weights
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
