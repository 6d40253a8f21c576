// What the readers of a test server answer.
import type { SnapshotHead, StatusBody, TokenChange } from '@winrate/shared-schema/http'
import type { ExperimentDependencies } from '../routes/experiment-routes.ts'
import type { ProjectDependencies } from '../routes/project-routes.ts'
import type { StateDependencies } from '../routes/state-routes.ts'
import type { TokenDependencies } from '../routes/token-routes.ts'

export const testHead: SnapshotHead = {
  epoch: '0198a000-0000-7000-8000-000000000001',
  version: 7,
  pinnedVersion: null,
  heldVersion: null,
  canaryShare: null,
}

const status: StatusBody = {
  version: '1.2.3',
  now: '2026-08-01T12:00:00.000Z',
  fleet: { name: 'test' },
  snapshot: testHead,
  queue: { depth: 0, lagSeconds: null },
  aggregationIntervalMs: 60_000,
  tick: {
    lastAt: '2026-08-01T11:59:30.000Z',
    ageMs: 30_000,
    tickedBy: 'worker-1',
    failedAt: null,
    failures: 0,
    failure: null,
  },
  checks: [{ name: 'database', ok: true, detail: 'Postgres 15' }],
  deadLetters: 1,
  instances: 2,
  sharedIds: { found: 0, ids: [] },
  drawn: [],
  splits: [],
  quarantined: { instances: 0, samples: 0, more: false },
  windowDays: 7,
  budget: null,
  limits: { project: {}, reached: [] },
  policy: { kind: 'thompson' },
  settings: {
    retentionDays: 30,
    confidence: { slope: 1, midpoint: 10, floor: 5 },
    qualityWeight: 0.2,
    maxCells: 5_000,
    baselineModel: null,
    feedbackDays: null,
    catalogue: {
      own: 0,
      builtIn: 900,
      source: 'a list',
      asOf: '2026-07-30',
      oldestPrice: null,
    },
    defaults: 0,
  },
}

export const stateInMemory: StateDependencies & ExperimentDependencies = {
  readComparison: async () => ({
    experiment: null,
    problem: 'no experiment has begun',
    decisions: { learned: 0, holdout: 0 },
    ...{ success: null, costPerCall: null, costPerSuccess: null, responseTimeMs: null },
    ...{
      taskTypes: [],
      days: [],
      totals: [],
      sentence: 'No experiment has begun.',
      likelyDaysLeft: null,
    },
  }),
  readStatus: async () => status,
  readEvents: async () => ({
    events: [
      {
        ...{ id: 1, at: '2026-08-01T11:00:00.000Z', kind: 'pin', by: 'operator' },
        ...{
          taskType: null,
          provider: null,
          modelName: null,
          thinkingLevel: null,
          instanceId: null,
        },
        message: 'Version 6 is pinned.',
      },
    ],
    more: false,
  }),
  readSnapshots: async () => ({ head: testHead, snapshots: [], clients: [] }),
  readPipelineSeries: async () => ({
    ...{ bucketSeconds: 60, from: '2026-08-01T12:00:00.000Z', buckets: 1 },
    ...{
      ingested: [3],
      duplicates: [0],
      rejected: [0],
      lagSeconds: [null],
      depth: [0],
      tickMs: [40],
    },
  }),
  readDeadLetters: async () => ({
    reasons: [
      {
        reason: 'success_missing',
        deadLetters: 1,
        lastAt: '2026-08-01T11:00:00.000Z',
        sample: '{"task_type": "<img src=x onerror=alert(1)>"}',
      },
    ],
    total: 1,
  }),
}

const token: TokenChange = {
  ...{ id: '0123456789abcdef', project: 'default', label: 'agents', scopes: ['read'] },
  ...{ instances: null, limits: {}, state: 'valid', createdAt: '2026-08-01T11:00:00.000Z' },
  ...{ expiresAt: null, revokedAt: null, lastUsedAt: null, replacedBy: null },
  message: 'Keep it now.',
}

export const tokensInMemory: TokenDependencies['tokens'] = {
  list: async () => ({ tokens: [] }),
  create: async () => token,
  rotate: async () => token,
  revoke: async () => token,
}

export const projectsInMemory: ProjectDependencies['projects'] = {
  list: async () => ({ projects: [] }),
  create: async () => ({ projects: [] }),
  remove: async () => ({ projects: [] }),
}
