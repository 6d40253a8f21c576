import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { containerImages } from '../support/containers.ts'

function repositoryFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

const compose = repositoryFile('docker-compose.yml')
const workflow = repositoryFile('.github/workflows/ci.yml')
const dockerfile = repositoryFile('Dockerfile')

/** The lines of one service, from its name to the next key of the same depth. */
function service(name: string): string {
  const lines = compose.split('\n')
  const start = lines.indexOf(`  ${name}:`)
  const length = lines.slice(start + 1).findIndex((line) => /^ {0,2}\S/.test(line))
  expect(start, `${name} is a service`).toBeGreaterThan(-1)
  return lines.slice(start, start + 1 + length).join('\n')
}

describe('docker-compose.yml', () => {
  it('runs the images that the tests run', () => {
    expect(service('postgres')).toContain(`image: ${containerImages.postgres}\n`)
    expect(service('redis')).toContain(`image: ${containerImages.redis}\n`)
  })

  it('contains no secret', () => {
    const secrets = compose.matchAll(/\$\{(\w+(?:PASSWORD|TOKEN))(:.)?/g)
    const byName = [...secrets].map(([, name, operator]) => `${name}${operator}`)
    expect([...new Set(byName)].sort()).toEqual([
      'POSTGRES_PASSWORD:?',
      'WINRATE_ADMIN_TOKEN:?',
      'WINRATE_PUBLISH_TOKEN:?',
      'WINRATE_READ_TOKEN:?',
    ])
    expect(compose).not.toMatch(/(?:PASSWORD|TOKEN): (?!\$\{)/)
  })

  it('publishes only the worker’s ports, on loopback only', () => {
    expect(service('postgres')).not.toContain('ports:')
    expect(service('redis')).not.toContain('ports:')
    const published = [...service('central-worker').matchAll(/- ['"](.*):8787['"]/g)]
    expect(published).toHaveLength(1)
    for (const [, host] of published) expect(host).toMatch(/^127\.0\.0\.1:/)
  })

  it('starts two workers by default, once Postgres and Redis are healthy', () => {
    const worker = service('central-worker')
    expect(worker).toMatch(/replicas: \$\{WORKER_REPLICAS:-2\}/)
    expect(worker.match(/condition: service_healthy/g)).toHaveLength(2)
  })
})

describe('the GitHub workflow', () => {
  it('tests against the images of docker-compose.yml', () => {
    expect(workflow).toContain(containerImages.postgres)
    expect(workflow).toContain(`image: ${containerImages.redis}\n`)
  })

  it('pins every action to a commit', () => {
    const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action)
    expect(actions).not.toEqual([])
    for (const action of actions) expect(action).toMatch(/@[0-9a-f]{40}$/)
  })
})

describe('the Dockerfile', () => {
  it('installs with the same pnpm as the repository', () => {
    const [, wanted] = /'(pnpm@[\d.]+)'/.exec(repositoryFile('scripts/with-build.mjs')) ?? []
    const used = [...dockerfile.matchAll(/npx -y (pnpm@[\d.]+)/g)].map(([, version]) => version)
    expect([...new Set(used)]).toEqual([wanted])
  })
})
