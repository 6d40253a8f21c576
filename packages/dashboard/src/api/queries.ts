// One hook for each thing that the worker tells. Each asks again by itself while the page is visible and not paused.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  DeadLettersBody,
  EventsBody,
  ExperimentBody,
  ExplainRequest,
  ExplanationBody,
  InstancesBody,
  MetricsBody,
  MetricsSeriesBody,
  PatternsBody,
  PipelineSeriesBody,
  QuarantinesBody,
  SnapshotsBody,
  StandingsBody,
  StatusBody,
  WhoamiBody,
} from '@winrate/shared-schema/http'
import { useCallback } from 'react'
import { REFRESH_MS, usePaused } from './live.ts'
import { ApiError, ask } from './request.ts'
import { useToken } from './session.ts'

type Parameters = Readonly<Record<string, string | number | undefined>>

function pathOf(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}

/** What changes at any time: asked for again every so often, while the page is visible and not paused. */
function usePolled<Body>(path: string, everyMs = REFRESH_MS) {
  const token = useToken()
  const paused = usePaused()
  return useQuery({
    queryKey: [path, token],
    queryFn: ({ signal }) => ask<Body>(path, { token, signal }),
    refetchInterval: paused ? false : everyMs,
    staleTime: REFRESH_MS / 2,
    placeholderData: keepPreviousData,
  })
}

/** What follows from a tick: asked for again once there is a new snapshot. */
function usePerTick<Body>(path: string) {
  const token = useToken()
  const version = useVersion()
  return useQuery({
    queryKey: [path, token, version],
    queryFn: ({ signal }) => ask<Body>(path, { token, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    enabled: version !== undefined,
  })
}

/** Name of the newest snapshot, as soon as it is known. */
function useVersion(): string | undefined {
  const { data, error } = useStatus()
  if (data !== undefined) return `${data.snapshot.epoch}:${data.snapshot.version}`
  // Without a status everything else is asked for all the same.
  return error === null ? undefined : 'unknown'
}

export function useStatus() {
  return usePolled<StatusBody>('v1/status')
}

export function useWhoami() {
  return usePolled<WhoamiBody>('v1/whoami', 12 * REFRESH_MS)
}

/** Whether the reader may change something. */
export function useIsAdmin(): boolean {
  return useWhoami().data?.scopes.includes('admin') === true
}

export function useMetrics(parameters: Parameters = {}) {
  return usePerTick<MetricsBody>(pathOf('v1/metrics', parameters))
}

export function useEvents(parameters: Parameters = {}) {
  return usePolled<EventsBody>(pathOf('v1/events', parameters), 2 * REFRESH_MS)
}

/** Of a task type, or of one model over all of them. */
export function useMetricsSeries(
  of: { readonly taskType: string } | { readonly model: string },
  hours: number,
) {
  return usePerTick<MetricsSeriesBody>(pathOf('v1/metrics/series', { ...of, hours }))
}

export function usePipelineSeries(hours: number) {
  return usePolled<PipelineSeriesBody>(pathOf('v1/pipeline/series', { hours }), 2 * REFRESH_MS)
}

export function useInstances() {
  return usePolled<InstancesBody>('v1/instances', 2 * REFRESH_MS)
}

export function useQuarantines() {
  return usePolled<QuarantinesBody>('v1/quarantines')
}

export function usePatterns() {
  return usePerTick<PatternsBody>('v1/patterns')
}

export function useExperiment() {
  return usePerTick<ExperimentBody>('v1/experiment')
}

export function useSnapshots() {
  return usePolled<SnapshotsBody>(pathOf('v1/snapshots', { limit: 30 }))
}

export function useDeadLetters() {
  return usePolled<DeadLettersBody>('v1/dead-letters', 2 * REFRESH_MS)
}

/** Polled, because the worker compares models a moment after the snapshot that it compares them by. */
export function useStandings() {
  return usePolled<StandingsBody>('v1/standings')
}

/** How a request would be decided now, asked again once there is a new snapshot; without a request nothing is asked. */
export function useExplanation(body: ExplainRequest | undefined) {
  const token = useToken()
  const version = useVersion()
  return useQuery({
    queryKey: ['v1/explain', body, token, version],
    queryFn: ({ signal }) => ask<ExplanationBody>('v1/explain', { token, body, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    enabled: version !== undefined && body !== undefined,
  })
}

/** Sends a change, and asks again for everything that the page shows. */
export function useChange() {
  const token = useToken()
  const client = useQueryClient()
  return useCallback(
    async <Body>(path: string, body?: unknown): Promise<Body> => {
      const answer = await ask<Body>(path, { token, body, method: 'POST' })
      await client.invalidateQueries()
      return answer
    },
    [client, token],
  )
}

/** Asking again does not help where the answer is about the request. */
export function isWorthRetrying(failures: number, error: Error): boolean {
  return failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500)
}
