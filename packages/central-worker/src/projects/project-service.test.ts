import { afterEach, expect, test, vi } from 'vitest'
import { createProjectService, type FollowedProject } from './project-service.ts'

const running: { stop(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()))
})

const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 30_000 })

const projectOf = (name: string, fields: Partial<FollowedProject> = {}): FollowedProject => ({
  ...{ name, database: name, createdAt: '2026-12-01T00:00:00Z', state: 'active', ...fields },
})

/** A service over a list that tests change, and what it did. */
async function follow(listed: FollowedProject[], refuses: ReadonlySet<string> = new Set()) {
  const did: string[] = []
  const service = createProjectService({
    readProjects: async () => listed,
    async open({ name }) {
      if (refuses.has(name)) throw new Error(`${name} is away`)
      did.push(`open ${name}`)
      return { name, stop: async () => void did.push(`stop ${name}`) }
    },
    logger: { info: () => {}, warn: (_, message) => did.push(message) },
    onCrash: (error) => did.push(String(error)),
    pollIntervalMs: 50,
  })
  running.push(service)
  await service.start()
  return { service, did }
}

test('opens what is new, and stops what is gone or being deleted', async () => {
  const listed = [projectOf('a'), projectOf('b')]
  const { service, did } = await follow(listed)
  await eventually(() => expect(service.opened().map(({ name }) => name)).toEqual(['a', 'b']))
  listed.splice(0, 2, projectOf('b', { state: 'ending' }), projectOf('c'))
  await eventually(() => expect(service.opened().map(({ name }) => name)).toEqual(['c']))
  expect(did.sort()).toEqual(['open a', 'open b', 'open c', 'stop a', 'stop b'])
  expect(service.find('a')).toBeUndefined()
})

test('one that cannot be opened is said once, tried again, and holds up no other', async () => {
  const refuses = new Set(['away'])
  const { service, did } = await follow([projectOf('away'), projectOf('b')], refuses)
  expect(service.isComplete()).toBe(false)
  await eventually(() => expect(service.find('b')).toBeDefined())
  expect(service.isComplete()).toBe(false)
  refuses.clear()
  await eventually(() => expect(service.isComplete()).toBe(true))
  expect(did.sort()).toEqual(['open away', 'open b', 'project-away'])
})

test('a new project of the same name is another one', async () => {
  const listed = [projectOf('a')]
  const { service, did } = await follow(listed)
  await eventually(() => expect(service.find('a')).toBeDefined())
  listed[0] = projectOf('a', { createdAt: '2026-12-02T00:00:00Z' })
  await eventually(() => expect(did).toEqual(['open a', 'stop a', 'open a']))
})

test('ends all of them', async () => {
  const { service, did } = await follow([projectOf('a'), projectOf('b')])
  await eventually(() => expect(service.isComplete()).toBe(true))
  await service.stop()
  expect(did.slice(2).sort()).toEqual(['stop a', 'stop b'])
})
