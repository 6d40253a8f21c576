// A nightly job: extracts facts from texts, checks each answer, and pays the dear model only where the cheap one fails. It runs against
// the provider on this machine. `npm start` runs the worker that learns from it; without one the outcomes are lost.
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import OpenAI from 'openai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model answers with a page of its proxy, one gives up on long texts, and one reads all of them.
const local = await startLocalProvider({
  cheap: ({ messages }) =>
    messages[1]?.content.length < 40 ? facts(messages) : 'Too long for me.',
  strong: ({ messages }) => facts(messages),
})
const openai = new OpenAI({ baseURL: local.origin, apiKey: 'none', maxRetries: 0 })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const chances = { garbled: 0.9, cheap: 0.7, strong: 0.95 }
const router = createRouter({
  ...localModels('extraction', chances, { garbled: 0.1, cheap: 1, strong: 20 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'batch',
})

const texts = [
  'Utrecht has 376435 people.',
  'Groningen has, as the last count that was published says, 244807 people.',
  'Delft has 109573 people.',
]
for (const text of texts) {
  const { result, attempts, decision } = await router.call(
    'extraction',
    text,
    ({ model, signal }) =>
      openai.chat.completions.create({ model, messages: messagesFor(text) }, { signal }),
    // A right answer is worth 10 cents: the plan pays a second and a third model where that is worth it.
    { verify: ({ choices }) => isFact(choices[0]?.message.content, text), valueUsd: 0.1 },
  )
  const cents = (usd = 0) => `${(usd * 100).toFixed(2)} cents`
  const { expectedCostUsd, bestAlone } = decision.plan ?? {}
  console.log(
    attempts.map(({ model, success }) => `${model} ${success ? 'did' : 'failed'}`).join(', '),
  )
  console.log(`  ${result.choices[0]?.message.content}`)
  console.log(
    `  planned at ${cents(expectedCostUsd)}; ${bestAlone?.model} alone: ${cents(bestAlone?.costUsd)}`,
  )
}

await router.close({ timeoutMs: 2_000 })
local.close()

/** @param {string} text */
function messagesFor(text) {
  const system = 'Answer as JSON: { "city": string, "people": number }'
  return [
    { role: /** @type {const} */ ('system'), content: system },
    { role: /** @type {const} */ ('user'), content: text },
  ]
}

/**
 * The rule by which every model is judged: what it found stands in the text.
 *
 * @param {string | null | undefined} answer
 * @param {string} text
 */
function isFact(answer, text) {
  try {
    const { city, people } = JSON.parse(answer ?? '')
    return typeof people === 'number' && text.includes(city) && text.includes(String(people))
  } catch {
    return false
  }
}

/** What a good model answers. @param {{ content: any }[]} messages */
function facts(messages) {
  const [, city, people] = /^(\w+).*?(\d+)/.exec(messages[1]?.content) ?? []
  return JSON.stringify({ city, people: Number(people) })
}
