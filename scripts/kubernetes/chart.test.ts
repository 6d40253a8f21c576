// The Helm chart, as helm renders it: what it makes of several sets of values, and which values it refuses.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig, variables } from '../../packages/central-worker/src/config/config.ts'
import { chart, findProgram, type KubernetesObject, render, root, run } from './render-chart.ts'
import { findTypeErrors } from './typed-objects.ts'

const helm = findProgram('helm')
const sets: Readonly<Record<string, readonly string[]>> = {
  defaults: [],
  ...Object.fromEntries(
    readdirSync(`${chart}/ci`).map((file) => [
      file.replace('-values.yaml', ''),
      ['--values', `${chart}/ci/${file}`],
    ]),
  ),
}
const names = Object.keys(sets)
const renderSet = (name: string) => render(helm, '--namespace', 'agents', ...(sets[name] ?? []))
const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8'))

function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} among ${objects.map((o) => o.kind)}`)
  return found
}

/** The specs of all pods, whatever starts them. */
function podSpecs(objects: readonly KubernetesObject[]) {
  return objects.flatMap(({ kind, spec }) =>
    kind === 'Pod' ? [spec] : spec?.template?.spec === undefined ? [] : [spec.template.spec],
  )
}

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } }
}

const variablesOf = (spec: { containers: { env?: Variable[] }[] }): Variable[] =>
  spec.containers.flatMap(({ env = [] }) => env)

it('the values know every variable of the worker that no other value sets, and no other', () => {
  const bySecret = /^(DATABASE_URL|REDIS_URL)$|_TOKEN$|_SECRET$/
  const byChart =
    /^WINRATE_(HOST|PORT|DATA_DIR|MIGRATE_ON_START|AGGREGATION_INTERVAL_MS|SHUTDOWN_TIMEOUT_MS)$|_FILE$/
  const known = variables.map(({ name }) => name)
  const free = known.filter((name) => !bySecret.test(name) && !byChart.test(name))
  expect(Object.keys(schema.properties.config.properties).sort()).toEqual(free.sort())
})

it('the chart has the version of the worker', () => {
  const { version } = JSON.parse(
    readFileSync(`${root}packages/central-worker/package.json`, 'utf8'),
  )
  expect(readFileSync(`${chart}/Chart.yaml`, 'utf8')).toContain(`\nappVersion: "${version}"\n`)
})

describe.skipIf(helm === undefined)('the chart', () => {
  it.each(names)('passes the strict lint with the values %s', (name) => {
    const { status, output } = run(helm, ['lint', '--strict', chart, ...(sets[name] ?? [])])
    expect(status, output).toBe(0)
  })

  it.each(names)('makes objects of %s that Kubernetes knows, field by field', (name) => {
    expect(findTypeErrors(name, renderSet(name))).toEqual([])
  })

  it('and would find an unknown field, a wrong type, a wrong word and a missing field', () => {
    const deployment = find(renderSet('defaults'), 'Deployment')
    const { template, ...spec } = deployment['spec']
    const wrong = (fields: object) => findTypeErrors('wrong', [{ ...deployment, ...fields }])
    const [container] = template.spec.containers
    const withContainer = (fields: object) => ({
      spec: {
        ...{ ...spec, template: { ...template } },
        template: { spec: { ...template.spec, containers: [{ ...container, ...fields }] } },
      },
    })
    expect(wrong(withContainer({ imagePullPolic: 'Always' }))).toHaveLength(1)
    expect(wrong(withContainer({ command: 'node' }))).toHaveLength(1)
    expect(wrong({ kind: 'Deploymint' })).not.toEqual([])
    expect(wrong({ spec })).toHaveLength(1)
  })

  it.each([
    ['config.WINRATE_WINDOW_DAY=3', 'WINRATE_WINDOW_DAY'],
    ['config.DATABASE_URL=postgres://user:password@host/db', 'DATABASE_URL'],
    ['extraEnv[0].name=WINRATE_READ_TOKEN', 'extraEnv'],
    ['password=secret', 'password'],
    ['existingSecret=', 'existingSecret'],
    ['replicas=0', 'replicas'],
    ['replicas=two', 'replicas'],
    ['keda.minReplicas=0', 'minReplicas'],
    ['keda.trigger=cpu', 'trigger'],
    ['resources.limits.memory=1.5G', 'memory'],
    ['image.digest=latest', 'digest'],
    ['service.port=0', 'port'],
    ['aggregationIntervalMs=10', 'aggregationIntervalMs'],
  ])('refuses %s', (value, named) => {
    const { status, output } = run(helm, ['template', 'winrate', chart, '--set', value])
    expect(status).toBe(1)
    expect(output).toContain(named)
  })

  it('refuses to scale by Prometheus without its address', () => {
    const args = ['--set', 'keda.enabled=true,keda.trigger=prometheus']
    expect(() => render(helm, ...args)).toThrow('keda.prometheusAddress: is required')
  })

  it.each(names)('sets in %s only variables that the worker knows, and it accepts them', (name) => {
    const known = new Set([...variables.map((variable) => variable.name), 'NODE_OPTIONS'])
    const objects = renderSet(name)
    for (const spec of podSpecs(objects)) {
      const unknown = variablesOf(spec).filter((variable) => !known.has(variable.name))
      expect(unknown.filter((variable) => variable.name !== 'NODE_EXTRA_CA_CERTS')).toEqual([])
    }
    const { spec } = find(objects, 'Deployment')['spec'].template
    const environment = Object.fromEntries(
      variablesOf(spec)
        .filter((variable) => !/_FILE$/.test(variable.name))
        .map(({ name, value }) => [name, value ?? secretOf(name)]),
    )
    expect(parseConfig(environment)).toMatchObject({ host: '0.0.0.0', port: 8787 })
  })

  it.each(names)('takes secrets in %s from Secrets only', (name) => {
    const isSecret = /_TOKEN$|SECRET|DATABASE_URL|REDIS_URL/
    const secrets = podSpecs(renderSet(name))
      .flatMap(variablesOf)
      .filter((variable) => isSecret.test(variable.name))
    expect(secrets.length).toBeGreaterThanOrEqual(4)
    for (const { value, valueFrom } of secrets) {
      expect(value).toBeUndefined()
      expect(valueFrom?.secretKeyRef?.key).toBeTruthy()
    }
    expect(renderSet(name).map(({ kind }) => kind)).not.toContain('Secret')
  })

  it('reads the URLs of projects from the Secret', () => {
    const { spec } = find(renderSet('everything'), 'Deployment')['spec'].template
    const file = variablesOf(spec).find(({ name }) => name === 'WINRATE_PROJECTS_FILE')?.value
    const { mountPath, name } = spec.containers[0].volumeMounts.find(
      (mount: { name: string }) => mount.name === 'projects',
    )
    const volume = spec.volumes.find((one: { name: string }) => one.name === name)
    expect(volume.secret).toMatchObject({ secretName: 'my-secret', items: [{ key: 'projects' }] })
    expect(file).toBe(`${mountPath}/${volume.secret.items[0].path}`)
    for (const set of ['defaults', 'database-tokens']) {
      expect(JSON.stringify(renderSet(set))).not.toContain('projects')
    }
  })

  it.each(['publishToken', 'readToken', 'adminToken'])(
    'closes every scope where the Secret has no %s, as the worker demands',
    (key) => {
      const { spec } = find(render(helm, '--set', `secretKeys.${key}=`), 'Deployment')['spec']
        .template
      const environment = variablesOf(spec).map(({ name, value }) => [
        name,
        value ?? secretOf(name),
      ])
      expect(parseConfig(Object.fromEntries(environment))).toMatchObject({ requireTokens: true })
      const { WINRATE_REQUIRE_TOKENS: _, ...without } = Object.fromEntries(environment)
      expect(() => parseConfig(without)).toThrow('is required')
    },
  )

  it('sets no variable twice where an operator closes every scope as well', () => {
    const args = ['--set', 'secretKeys.readToken=,config.WINRATE_REQUIRE_TOKENS=true']
    const { spec } = find(render(helm, ...args), 'Deployment')['spec'].template
    const set = variablesOf(spec).map(({ name }) => name)
    expect(set.filter((name, at) => set.indexOf(name) !== at)).toEqual([])
    expect(set).toContain('WINRATE_REQUIRE_TOKENS')
  })

  it('refuses to scrape without a token', () => {
    const args = ['--set', 'secretKeys.readToken=,serviceMonitor.enabled=true']
    expect(() => render(helm, ...args)).toThrow('serviceMonitor.tokenKey: is required')
  })

  // A Service named winrate would set WINRATE_SERVICE_HOST in each pod, and the worker refuses unknown variables.
  it.each(names)(
    'starts each pod of %s without rights, and without variables of Services',
    (name) => {
      const specs = podSpecs(renderSet(name))
      expect(specs.length).toBeGreaterThan(1)
      for (const spec of specs) {
        expect(spec).toMatchObject({
          enableServiceLinks: false,
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        })
        for (const container of spec.containers) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          })
          expect(container.resources.limits).not.toHaveProperty('cpu')
          expect(container.resources.limits.memory).toBeTruthy()
        }
      }
    },
  )

  it('asks /healthz whether a pod lives and gets requests, so that a database that is away takes none out', () => {
    const [container] = find(renderSet('defaults'), 'Deployment')['spec'].template.spec.containers
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(container[probe].httpGet).toEqual({ path: '/healthz', port: 'http' })
    }
  })

  it.each(names)('gives a worker of %s longer to stop than it takes', (name) => {
    const { spec } = find(renderSet(name), 'Deployment')['spec'].template
    const timeout = variablesOf(spec).find((v) => v.name === 'WINRATE_SHUTDOWN_TIMEOUT_MS')?.value
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(timeout) / 1_000 + 10)
  })

  it('gives Node.js three quarters of the memory', () => {
    const heapOf = (memory: string) => {
      const objects = render(helm, '--set', `resources.limits.memory=${memory}`)
      const { spec } = find(objects, 'Deployment')['spec'].template
      return variablesOf(spec).find(({ name }) => name === 'NODE_OPTIONS')?.value
    }
    expect(heapOf('2Gi')).toBe('--max-old-space-size=1536')
    expect(heapOf('400Mi')).toBe('--max-old-space-size=300')
  })

  it('lets a drain stop one pod at a time, also of a single replica', () => {
    const { spec } = find(render(helm, '--set', 'replicas=1'), 'PodDisruptionBudget') as {
      spec?: object
    }
    expect(spec).toMatchObject({ maxUnavailable: 1 })
    expect(spec).not.toHaveProperty('minAvailable')
  })

  it('leaves the number of workers to KEDA where that is on, and never to 0', () => {
    const objects = renderSet('everything')
    expect(find(objects, 'Deployment')['spec']).not.toHaveProperty('replicas')
    const { spec } = find(objects, 'ScaledObject') as { spec?: Record<string, unknown> }
    expect(spec).toMatchObject({ minReplicaCount: 2, fallback: { replicas: 2 } })
    expect(find(renderSet('defaults'), 'Deployment')['spec'].replicas).toBe(2)
  })

  it('migrates in a job that uses nothing of the release', () => {
    const objects = renderSet('everything')
    const job = find(objects, 'Job')
    expect(job.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
    const { spec } = job['spec'].template
    expect(spec.serviceAccountName).toBeUndefined()
    expect(JSON.stringify(spec)).not.toContain('configMap')
    const environment = variablesOf(spec).map(({ name, value }) => [name, value ?? secretOf(name)])
    expect(() => parseConfig(Object.fromEntries(environment))).not.toThrow()
    const worker = variablesOf(find(objects, 'Deployment')['spec'].template.spec)
    expect(worker).toContainEqual({ name: 'WINRATE_MIGRATE_ON_START', value: 'false' })
  })

  it('starts other pods when a file changes, and only then', () => {
    const checksum = (...args: string[]) =>
      find(render(helm, ...args), 'Deployment')['spec'].template.metadata.annotations[
        'checksum/config'
      ]
    expect(checksum('--set', 'replicas=4')).toBe(checksum())
    expect(checksum('--set', 'files.defaults=other')).not.toBe(checksum())
  })

  it('selects by labels that no value and no version changes', () => {
    for (const name of names) {
      const objects = renderSet(name)
      const labels = {
        'app.kubernetes.io/name': 'winrate',
        'app.kubernetes.io/instance': 'winrate',
      }
      expect(find(objects, 'Deployment')['spec'].selector.matchLabels).toEqual(labels)
      expect(find(objects, 'Service')['spec'].selector).toEqual(labels)
    }
  })

  it('passes streams on unbuffered, for an hour at an Ingress and without a limit at a Gateway', () => {
    const objects = renderSet('everything')
    expect(find(objects, 'Ingress').metadata.annotations).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
    })
    expect(find(objects, 'HTTPRoute')['spec'].rules[0]).toMatchObject({
      matches: [{ path: { value: '/v1/snapshot/stream' } }],
      timeouts: { request: '0s' },
    })
  })

  it('installs nothing by default that not every cluster has', () => {
    const kinds = renderSet('defaults').map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(
      ['Deployment', 'Pod', 'PodDisruptionBudget', 'Service', 'ServiceAccount'].sort(),
    )
  })
})

function secretOf(name: string): string {
  if (name === 'DATABASE_URL') return 'postgres://winrate:secret@postgres:5432/winrate'
  return name === 'REDIS_URL' ? 'redis://redis:6379' : 'x'.repeat(40)
}
