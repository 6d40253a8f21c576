// A foreign producer that posts bare outcomes and lists of them to whichever worker answers, and poison. It
// repeats a body until a worker has answered it, so of outcomes without an id more than one may be stored.
import { setTimeout as sleep } from 'node:timers/promises'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { makeForeignOutcome } from './foreign-outcome.ts'
import type { Fate } from './ledger.ts'
import { between, pick } from './plan.ts'
import { poisonBodies, poisonOutcomes } from './poison.ts'
import type { ForeignOptions } from './postgres-producer.ts'
import { makeSteadily, type Producer } from './producer.ts'

/** A body with the outcomes in it that must be found again. */
interface Post {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  readonly outcomes: readonly { readonly id: string; readonly fate: Fate }[]
}

const MOST_PER_POST = 40
const RETRY_MS = 100
const TIMEOUT_MS = 20_000

export function startHttpProducer(urls: readonly string[], options: ForeignOptions): Producer {
  const { random, ledger } = options
  let recorded = 0
  let poisoned = 0
  let posts = 0

  function nextPoisonBody(): Post {
    poisoned += 1
    const id = uuidV7(Date.now())
    const { body, headers } = pick(poisonBodies, poisoned)
    return {
      body: body(id),
      ...(headers === undefined ? {} : { headers }),
      outcomes: [{ id, fate: 'refused' }],
    }
  }

  function nextList(most: number): Post {
    const length = between(random, 1, most)
    const contents = Array.from({ length }, () => {
      if (random() >= options.poison / 2) {
        const { id, outcome } = makeForeignOutcome(random, 'foreign-http')
        // What Postgres cannot hold is replaced, not refused.
        const odd = random() < 0.02 ? { decision_id: 'NUL \0 and half a pair \ud800' } : {}
        const text = JSON.stringify({ ...outcome, ...odd })
        return { id, fate: 'stored' as const, text }
      }
      poisoned += 1
      const id = uuidV7(Date.now())
      return { id, fate: 'rejected' as const, text: pick(poisonOutcomes, poisoned)(id) }
    })
    const texts = contents.map(({ text }) => text)
    // A bare outcome that is no object is refused at once, so only lists hold those.
    const isBare = length === 1 && texts[0]?.startsWith('{') === true
    return { body: isBare ? texts.join('') : `[${texts.join(',')}]`, outcomes: contents }
  }

  async function post({ body, headers, outcomes }: Post): Promise<void> {
    for (let attempts = 1; ; attempts += 1) {
      posts += 1
      const status = await answer(`${pick(urls, posts)}/v1/outcomes`, body, headers)
      if (status === 202 || (status >= 400 && status < 500 && status !== 429)) {
        for (const { id, fate } of outcomes) {
          // An answer that does not fit the fate shows as a difference: the outcome is where it must not be.
          ledger.write(id, fate === 'refused' && status === 202 ? 'rejected' : fate, attempts)
        }
        return
      }
      await sleep(RETRY_MS)
    }
  }

  return {
    name: 'foreign, by HTTP',
    recorded: () => recorded,
    done: makeSteadily(options, async (due) => {
      const goal = Math.min(recorded + due, options.outcomes)
      while (recorded < goal) {
        const isPoison = random() < options.poison * 2
        const next = isPoison
          ? nextPoisonBody()
          : nextList(Math.min(MOST_PER_POST, goal - recorded))
        await post(next)
        recorded += next.outcomes.length
      }
    }),
  }
}

/** The status of the answer; 0 without one. */
async function answer(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}
