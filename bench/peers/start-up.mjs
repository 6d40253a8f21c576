// Imports one package and makes a first decision with it, in a process of its own. Prints processor time of the import
// and time to the decision.
const { peer, url } = JSON.parse(process.argv[2])

/** What each does with its module until a first decision. */
const decide = {
  winrate({ createRouter }) {
    return createRouter({ logger: false }).route('Fix it', 'coding').model
  },
  async unleash({ Unleash, InMemStorageProvider }) {
    const bootstrap = {
      data: [
        {
          name: 'f',
          enabled: true,
          strategies: [{ name: 'default', parameters: {}, constraints: [] }],
        },
      ],
    }
    const options = {
      appName: 'bench',
      url: 'http://127.0.0.1:1/',
      disableMetrics: true,
      refreshInterval: 0,
    }
    const unleash = new Unleash({
      ...options,
      bootstrap,
      storageProvider: new InMemStorageProvider(),
    })
    unleash.on('error', () => {})
    await new Promise((resolve) => unleash.once('ready', resolve))
    return unleash.isEnabled('f')
  },
  growthbook({ GrowthBook }) {
    return new GrowthBook({ features: { f: { defaultValue: 'a' } } }).getFeatureValue('f', 'b')
  },
  async openfeature({ OpenFeature, InMemoryProvider }) {
    const flag = { variants: { on: 'a' }, defaultVariant: 'on', disabled: false }
    await OpenFeature.setProviderAndWait(new InMemoryProvider({ f: flag }))
    return await OpenFeature.getClient().getStringValue('f', 'b')
  },
}

const [before, started] = [process.cpuUsage(), performance.now()]
const module = await import(url)
const { user, system } = process.cpuUsage(before)
const answer = await decide[peer](module)
if (answer === undefined || answer === '') throw new Error(`${peer} decided nothing`)
const firstDecisionMs = performance.now() - started
process.stdout.write(
  `${JSON.stringify({ importCpuMs: (user + system) / 1_000, firstDecisionMs })}\n`,
)
process.exit(0)
