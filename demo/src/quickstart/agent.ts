// An agent as a user would write it: the router chooses who writes the code, and the agent says whether it passes its tests.
import { createOpenAI } from '@ai-sdk/openai'
import { createRouter, httpOutcomes, httpSnapshots, type Router } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
import { generateText } from 'ai'
import type { CodingTask } from './coding-task.ts'

export interface Agent {
  readonly router: Router
  /** Does one task, and says which model wrote it and whether it passes. */
  readonly write: (task: CodingTask) => Promise<Written>
}

export interface Written {
  readonly model: string
  readonly isGood: boolean
}

export interface AgentInput {
  /** The worker. */
  readonly url: string
  /** The models, behind an API as OpenAI's. */
  readonly baseURL: string
  /** The win rate that the router assumes of each model until it has a snapshot. */
  readonly assumed: Readonly<Record<string, number>>
  readonly seed: number
}

export function createAgent({ url, baseURL, assumed, seed }: AgentInput): Agent {
  const openai = createOpenAI({ baseURL, apiKey: 'none' })
  const models = Object.keys(assumed).map((model) => ({ key: model, model, provider: 'openai' }))
  const router = createRouter({
    snapshots: httpSnapshots({ url }),
    outcomes: httpOutcomes({ url }),
    instanceId: 'quickstart',
    catalogue: { replace: true, entries: models },
    defaults: { replace: true, entries: { coding: { ...assumed } } },
    seed,
  })
  // These lines are the first ones of README.md.
  const winrate = createWinrate({ router, providers: { openai } })

  async function write({ prompt, testsPass }: CodingTask): Promise<Written> {
    const { text, providerMetadata } = await generateText({ model: winrate('coding'), prompt })
    winrate.feedback(providerMetadata, testsPass(text))
    return { model: String(providerMetadata?.['winrate']?.['model']), isGood: testsPass(text) }
  }

  return { router, write }
}
