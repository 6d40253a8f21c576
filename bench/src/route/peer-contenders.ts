// Local evaluation of feature-flag SDKs: each chooses one of 30 variants for a user, from rules in memory. No
// SDK fetches or reports anything or calls a listener: this is their fastest mode.
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { peersFolder } from '../peers/peer-packages.ts'
import type { Contender } from './contenders.ts'
import { modelNames } from './learned-routers.ts'
import { inTurn } from './requests.ts'

const VARIANTS = modelNames(30)
const FLAG = 'model'
const users = Array.from({ length: 512 }, (_, at) => `user-${at}`)
const requirePeer = createRequire(join(peersFolder, 'package.json'))

export async function peerContenders(): Promise<readonly Contender[]> {
  return [unleash(), growthBook(), await openFeature()]
}

/** A gradual rollout to all users, with weighted variants. */
function unleash(): Contender {
  const { Unleash } = requirePeer('unleash-client')
  const share = Math.floor(1_000 / VARIANTS.length)
  const rest = 1_000 - share * (VARIANTS.length - 1)
  const variants = VARIANTS.map((name, at) => ({
    name,
    weight: at === 0 ? rest : share,
    weightType: 'variable',
    stickiness: 'userId',
    payload: { type: 'string', value: name },
  }))
  const feature = {
    name: FLAG,
    type: 'experiment',
    enabled: true,
    stale: false,
    impressionData: false,
    project: 'default',
    variants: [],
    strategies: [
      {
        name: 'flexibleRollout',
        parameters: { rollout: '100', stickiness: 'userId', groupId: FLAG },
        constraints: [],
        segments: [],
        variants,
      },
    ],
  }
  const repository = inMemoryRepository(feature)
  const client = new Unleash({
    appName: 'bench',
    url: 'http://localhost',
    disableMetrics: true,
    disableAutoStart: true,
    repository,
  })
  repository.emit('ready')
  const user = inTurn(users)
  return checked('unleash-client', () => client.getVariant(FLAG, { userId: user() }).name)
}

function inMemoryRepository(feature: object) {
  return Object.assign(new EventEmitter(), {
    getToggle: () => feature,
    getToggles: () => [feature],
    getTogglesWithSegmentData: () => [feature],
    getSegment: () => undefined,
    start: async () => undefined,
    stop: () => undefined,
  })
}

/** An experiment with 30 variations. */
function growthBook(): Contender {
  const { GrowthBookClient } = requirePeer('@growthbook/growthbook')
  const weights = VARIANTS.map(() => 1 / VARIANTS.length)
  const rule = { key: FLAG, variations: VARIANTS, weights, coverage: 1, hashAttribute: 'id' }
  const features = { [FLAG]: { defaultValue: '', rules: [rule] } }
  const client = new GrowthBookClient({}).initSync({ payload: { features } })
  const user = inTurn(users)
  return checked('growthbook', () => client.evalFeature(FLAG, { attributes: { id: user() } }).value)
}

/** The in-memory provider leaves the choice to a function, here a very cheap hash of the user. */
async function openFeature(): Promise<Contender> {
  const { OpenFeature, InMemoryProvider } = requirePeer('@openfeature/server-sdk')
  const variants = Object.fromEntries(VARIANTS.map((name) => [name, name]))
  const contextEvaluator = ({ targetingKey = '' }: { targetingKey?: string }) => {
    const last = targetingKey.charCodeAt(targetingKey.length - 1)
    return VARIANTS[(targetingKey.length + last) % VARIANTS.length]
  }
  const flags = {
    [FLAG]: { variants, defaultVariant: VARIANTS[0], disabled: false, contextEvaluator },
  }
  await OpenFeature.setProviderAndWait(new InMemoryProvider(flags))
  const client = OpenFeature.getClient()
  const user = inTurn(users)
  const evaluate = () => client.getStringValue(FLAG, '', { targetingKey: user() })
  if (!VARIANTS.includes(await evaluate())) throw new Error('OpenFeature chose no variant')
  return { name: 'openfeature in memory (await)', evaluate, isAsync: true }
}

/** Checks that the peer really chooses: falling back to a default would look fast. */
function checked(name: string, evaluate: () => string): Contender {
  const chosen = new Set(users.map(() => evaluate()))
  const known = [...chosen].every((variant) => VARIANTS.includes(variant))
  if (!known || chosen.size < VARIANTS.length / 2) throw new Error(`${name} chose no variants`)
  return { name, evaluate }
}
