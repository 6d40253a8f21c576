import { splitServers } from '@winrate/shared-schema/postgres'
import type { Config } from '../config/config.ts'
import { packageVersion } from '../runtime/package-version.ts'

/** What a person at a terminal wants to know of a worker that has just started. Holds no secret. */
export function startBanner(config: Config, url: string): string {
  const { tokens, databaseUrl, dataDir } = config
  const header = tokens.read.length > 0 ? '-H "authorization: Bearer READ_TOKEN" ' : ''
  const [data, state] =
    databaseUrl === undefined
      ? [`${dataDir} (kept)`, `WINRATE_DATA_DIR=${dataDir} npx winrate status`]
      : [databaseName(databaseUrl), 'npx winrate status (with the same DATABASE_URL)']
  const rows = [
    ['address', url],
    ...(config.ui ? [['dashboard', `${url}/ui/`]] : []),
    ['data', data],
    ['an agent', `WINRATE_URL=${url} node examples/agent.mjs`],
    ['win rates', `curl ${header}${url}/v1/metrics`],
    ['endpoints', `curl ${url}/`],
    ['state', state],
    ['stop', 'Ctrl-C'],
  ]
  return [
    '',
    `  Winrate ${packageVersion} is running.`,
    '',
    ...rows.map(([name = '', text = '']) => `  ${name.padEnd(11)}${text}`),
    '',
    '',
  ].join('\n')
}

/** The database without its user, password and parameters. */
function databaseName(databaseUrl: string): string {
  const servers = splitServers(databaseUrl).map((url) => new URL(url))
  return `Postgres at ${servers.map(({ host }) => host).join()}${servers[0]?.pathname}`
}
