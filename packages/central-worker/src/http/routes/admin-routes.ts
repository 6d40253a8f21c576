// What operators change: the snapshot that is served, whose outcomes count, and what is tried again.
import {
  type RequeuedBody,
  requeuedBodySchema,
  snapshotHeadSchema,
  verdictChangeSchema,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import {
  type InstanceVerdicts,
  quarantineSchema,
  releaseSchema,
} from '../../quarantine/instance-verdicts.ts'
import { isStorableText, UNSTORABLE } from '../../runtime/storable-text.ts'
import type { SnapshotControl } from '../../snapshots/snapshot-control.ts'
import { errorResponse, type HttpApp } from '../server/http-app.ts'

export interface AdminDependencies {
  readonly snapshots: Omit<SnapshotControl, 'newEpoch'>
  readonly verdicts: InstanceVerdicts
  /**
   * Puts dead letters of one reason back into the queue, for a few seconds at most.
   *
   * @throws RefusedError where no dead letter has the reason.
   */
  readonly requeue: (reason: string) => Promise<RequeuedBody>
}

/** As GET /v1/dead-letters tells it. */
const reasonSchema = z.string().min(1).max(10_000).refine(isStorableText, UNSTORABLE)

const config = { scope: 'admin', atOnce: 8 } as const

export function addAdminRoutes(
  app: HttpApp,
  { snapshots, verdicts, requeue }: AdminDependencies,
): void {
  const changesHead = answering(snapshotHeadSchema.describe('What is served now'))
  app.post(
    '/v1/admin/pin',
    {
      config,
      schema: {
        ...changesHead('pinSnapshot', 'Serve the content of one version until it is unpinned'),
        body: z.object({ version: z.int().positive() }),
      },
    },
    async ({ body }, reply) => reply.send(await snapshots.pin(body.version)),
  )
  app.post(
    '/v1/admin/unpin',
    { config, schema: changesHead('unpinSnapshot', 'Serve new content again') },
    async (_request, reply) => reply.send(await snapshots.unpin()),
  )
  app.post(
    '/v1/admin/canary',
    {
      config,
      schema: {
        ...changesHead('startCanary', 'Serve newer snapshots to a share of the instances only'),
        body: z.object({ share: z.number().min(0).max(1) }),
      },
    },
    async ({ body }, reply) => reply.send(await snapshots.startCanary(body.share)),
  )
  app.post(
    '/v1/admin/canary/promote',
    { config, schema: changesHead('promoteCanary', 'End the canary: the newest snapshot for all') },
    async (_request, reply) => reply.send(await snapshots.promoteCanary()),
  )
  app.post(
    '/v1/admin/canary/abort',
    {
      config,
      schema: {
        ...changesHead('abortCanary', 'End the canary: the held snapshot for all'),
        description:
          'Every instance gets the held content as a new version. What was pinned before the canary stays pinned; where nothing was, the next tick gives current metrics to every instance.',
      },
    },
    async (_request, reply) => reply.send(await snapshots.abortCanary()),
  )

  const changesVerdict = answering(verdictChangeSchema.describe('What holds from the next tick on'))
  app.post(
    '/v1/admin/quarantine',
    {
      config,
      schema: {
        ...changesVerdict(
          'quarantineInstance',
          'Leave out what an instance sent, from the next tick on',
        ),
        body: quarantineSchema,
      },
    },
    async ({ body }, reply) => reply.send(await verdicts.quarantine(body)),
  )
  app.post(
    '/v1/admin/release',
    {
      config,
      schema: {
        ...changesVerdict('releaseInstance', 'End the quarantine of an instance at the next tick'),
        description:
          "An operator's quarantine is removed: the instance is judged by its numbers again. One that its numbers led to is overruled: the instance is trusted from then on, until it is quarantined and released.",
        body: releaseSchema,
      },
    },
    async ({ body }, reply) => reply.send(await verdicts.release(body)),
  )

  const answers = answering(requeuedBodySchema.describe('How many are back'))
  app.post(
    '/v1/admin/requeue',
    {
      config,
      schema: {
        ...answers('requeueDeadLetters', 'Queue the dead letters of a reason again'),
        description:
          'As "npx winrate requeue" does, the oldest first, in parts of 1,000; it begins no part after 5 seconds. Ask again while `more` is true. What is still wrong is rejected again.',
        body: z.object({ reason: reasonSchema }),
      },
    },
    async ({ body }, reply) => reply.send(await requeue(body.reason)),
  )
}

/** The schema of a change that answers with `answer`, or 409 where it is refused. */
function answering<Answer extends z.ZodType>(answer: Answer) {
  const response = {
    200: answer,
    409: errorResponse.default.describe('The change is not possible now'),
    ...errorResponse,
  }
  return (operationId: string, summary: string) => ({ operationId, summary, response })
}
