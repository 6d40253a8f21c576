import { execFileSync } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createWorkerServer } from '../../../test-support/worker-server.ts'
import { createRouter } from '../../create-router.ts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import { snapshotTextFromTable } from '../../testing/snapshot-from-table.ts'
import { fileSnapshots } from './file-snapshots.ts'
import { httpSnapshots } from './http-snapshots.ts'
import { type ConformanceInput, snapshotSourceConformance } from './snapshot-source.conformance.ts'
import { staticSnapshots } from './static-snapshots.ts'

const texts = [snapshotTextFromTable([]), snapshotTextFromTable([], { version: 2 })] as const
const quick = { pollIntervalMs: 20, reconnectMs: 20, rejectedRetryMs: 20, streamGraceMs: 50 }

const sources: Record<string, ConformanceInput['create']> = {
  async 'http by stream'(text) {
    const server = await createWorkerServer(text)
    return {
      source: httpSnapshots({ url: server.url, ...quick }),
      publish: async (next) => server.publish(next),
      close: server.close,
    }
  },
  async 'http by polling'(text) {
    const server = await createWorkerServer(text)
    server.onStream((_, response) => response.writeHead(501).end())
    return {
      source: httpSnapshots({ url: server.url, ...quick }),
      publish: async (next) => server.publish(next),
      close: server.close,
    }
  },
  async file(text) {
    const folder = await mkdtemp(join(tmpdir(), 'winrate-file-'))
    const path = join(folder, 'snapshot.json')
    const publish = async (next: string) => {
      await writeFile(`${path}.tmp`, next)
      await rename(`${path}.tmp`, path)
    }
    await publish(text)
    return {
      source: fileSnapshots({ path, pollIntervalMs: 20 }),
      publish,
      close: () => rm(folder, { recursive: true }),
    }
  },
  async static(text) {
    return {
      source: staticSnapshots(text),
      publish: async () => undefined,
      close: async () => undefined,
    }
  },
}

for (const [kind, create] of Object.entries(sources)) {
  describe(`the source ${kind}`, () => {
    for (const { name, needsUpdates, run } of snapshotSourceConformance) {
      if (kind === 'static' && needsUpdates) continue
      test(name, () => run({ create, texts }))
    }
  })
}

test('a path that is a pipe is named, not read for ever', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-file-'))
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  const source = fileSnapshots({ path })
  const router = createRouter({ snapshots: source })
  await router.ready()
  expect(router.status().lastProblem).toBe(`${path} is not a file`)
  await router.close()
  await rm(folder, { recursive: true })
})

test('a file that was refused is read again, never confirmed, until it is replaced', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-file-'))
  const path = join(folder, 'snapshot.json')
  await writeFile(path, 'damaged')
  const calls: string[] = []
  const source = fileSnapshots({ path, pollIntervalMs: 1 })
  await new Promise<void>((resolve) => {
    source.start({
      instanceId: 'agent-1',
      clock: systemClock,
      random: () => 0,
      logger: silentLogger,
      known: () => undefined,
      offer: () => 'refused',
      async offerText() {
        calls.push('offer')
        if (calls.length === 3) resolve()
        return 'refused'
      },
      offerDelta: async () => 'refused',
      confirm: () => void calls.push('confirm'),
      fail: () => void calls.push('fail'),
    })
  })
  expect(calls).toEqual(['offer', 'offer', 'offer'])
  expect(source.status()).toEqual({ kind: 'file', state: 'failing' })
  await source.stop()
  await rm(folder, { recursive: true })
})
