// For each alert a fleet in which it fires and one in which it just does not: what differs from a healthy fleet.

/** Series by name and labels, without those that all have; values as promtool writes them, a value a minute. */
export type Series = Readonly<Record<string, string>>

export interface AlertCase {
  readonly severity: string
  readonly fires: Series
  readonly quiet: Series
  /** Minutes from a value to the next, for what takes a day. Default 1. */
  readonly step?: number
}

/** So many values there are, and at the last one the alert is looked at. */
export const VALUES = 90

/** Two workers that store an outcome a second and tick once a minute. */
export function healthySeries(step: number): Series {
  const at = (value: string) => `${value}x${VALUES}`
  return {
    'up{instance="a"}': at('1'),
    'up{instance="b"}': at('1'),
    'winrate_queue_depth{}': at('3'),
    'winrate_queue_lag_seconds{}': at('1'),
    'winrate_messages_ingested_total{}': at('0+60'),
    'winrate_outcomes_stored_total{}': at('0+60'),
    'winrate_outcomes_duplicate_total{}': at('0'),
    'winrate_outcomes_rejected_total{}': at('0'),
    'winrate_last_tick_timestamp_seconds{}': at(`-30+${60 * step}`),
    'winrate_tick_age_seconds{}': at('30'),
    'winrate_outcome_to_fleet_seconds_bucket{le="60"}': at('0+55'),
    'winrate_outcome_to_fleet_seconds_bucket{le="65"}': at('0+60'),
    'winrate_outcome_to_fleet_seconds_bucket{le="70"}': at('0+60'),
    'winrate_outcome_to_fleet_seconds_bucket{le="+Inf"}': at('0+60'),
    'winrate_aggregations_failed_total{}': at('0'),
    'winrate_aggregation_seconds_sum{}': at('0+1'),
    'winrate_aggregation_seconds_count{}': at('0+1'),
    'winrate_quarantined_instances{}': at('0'),
    'winrate_wrong_clocks{}': at('0'),
    'winrate_missing_outcomes{}': at('0'),
    'winrate_left_out_cells{}': at('0'),
    'winrate_cells{}': at('800'),
    'winrate_pinned_version{}': at('0'),
    'winrate_build_info{version="0.1.0",instance="a"}': at('1'),
    'winrate_build_info{version="0.1.0",instance="b"}': at('1'),
    'winrate_stream_readers_cut_total{reason="slow"}': at('0'),
    'winrate_stream_readers_cut_total{reason="expired"}': at('0+600'),
    'winrate_http_requests_total{status="202"}': at('0+6000'),
    'winrate_http_requests_total{status="503"}': at('0'),
  }
}

const gauge = (name: string, fires: string, quiet: string) => ({
  fires: { [`${name}{}`]: fires },
  quiet: { [`${name}{}`]: quiet },
})

/** By the name of the alert; of two severities of one alert, in order. */
export const alertCases: Readonly<Record<string, readonly AlertCase[]>> = {
  WinrateDown: [
    {
      severity: 'critical',
      fires: { 'up{instance="a"}': '1x60 0x30', 'up{instance="b"}': '1x70 0x20' },
      quiet: { 'up{instance="a"}': '1x60 0x30' },
    },
  ],
  WinrateDatabaseAway: [
    { severity: 'critical', ...gauge('winrate_queue_depth', '3x60 _x30', '3x82 _x5 3x3') },
  ],
  WinrateQueueLag: [
    { severity: 'warning', ...gauge('winrate_queue_lag_seconds', '61x90', '59x90') },
    { severity: 'critical', ...gauge('winrate_queue_lag_seconds', '601x90', '599x90') },
  ],
  WinrateQueueGrows: [
    { severity: 'warning', ...gauge('winrate_queue_depth', '0+1000x90', '60000x90') },
  ],
  WinrateNotStoring: [
    {
      severity: 'critical',
      ...gauge('winrate_messages_ingested_total', '0+60x60 3600x30', '0+60x85 5100x5'),
    },
  ],
  WinrateSnapshotStale: [
    {
      severity: 'critical',
      ...gauge('winrate_last_tick_timestamp_seconds', '-30+60x60 3570x30', '-180+60x90'),
    },
    // No worker has ever ticked; the database was set up a while ago, or just now.
    {
      severity: 'critical',
      fires: {
        'winrate_last_tick_timestamp_seconds{}': '_x90',
        'winrate_tick_age_seconds{}': '0+60x90',
      },
      quiet: {
        'winrate_last_tick_timestamp_seconds{}': '_x90',
        'winrate_tick_age_seconds{}': '100x90',
      },
    },
  ],
  WinrateOutcomesLate: [
    {
      severity: 'warning',
      ...gaugeOfLag('0+56', '0+58'),
    },
  ],
  WinrateTicksFail: [
    {
      severity: 'warning',
      ...gauge('winrate_aggregations_failed_total', '0x80 0+1x10', '0x84 1x6'),
    },
  ],
  WinrateTickSlow: [
    { severity: 'warning', ...gauge('winrate_aggregation_seconds_sum', '0+31x90', '0+29x90') },
  ],
  WinrateOutcomesRejected: [
    { severity: 'info', ...gauge('winrate_outcomes_rejected_total', '0x80 0+1x10', '5x90') },
  ],
  WinrateDuplicates: [
    { severity: 'warning', ...gauge('winrate_outcomes_duplicate_total', '0+15x90', '0+10x90') },
  ],
  WinrateProviderFailing: [
    {
      severity: 'warning',
      fires: { 'winrate_provider_availability{provider="p1"}': '_x60 0.4x30' },
      quiet: { 'winrate_provider_availability{provider="p1"}': '0.6x90' },
    },
  ],
  WinrateInstanceQuarantined: [
    { severity: 'info', ...gauge('winrate_quarantined_instances', '0x80 2x10', '2x60 0x30') },
  ],
  WinrateWrongClocks: [
    { severity: 'info', ...gauge('winrate_wrong_clocks', '0x60 1x30', '0x80 1x10') },
  ],
  WinrateOutcomesMissing: [
    { severity: 'warning', ...gauge('winrate_missing_outcomes', '1x90', '0x40 1x50') },
  ],
  WinrateCellsLeftOut: [
    { severity: 'warning', ...gauge('winrate_left_out_cells', '1x90', '0x40 1x50') },
  ],
  WinrateCellsExplode: [
    {
      severity: 'warning',
      step: 20,
      ...gauge('winrate_cells', '800x80 2000x10', '800x80 1500x10'),
    },
  ],
  WinratePinned: [
    {
      severity: 'info',
      step: 20,
      ...gauge('winrate_pinned_version', '7x90', '0x20 7x70'),
    },
  ],
  WinrateVersionsDiffer: [
    {
      severity: 'warning',
      fires: { 'winrate_build_info{version="0.2.0",instance="c"}': '1x90' },
      quiet: { 'winrate_build_info{version="0.2.0",instance="c"}': '_x40 1x50' },
    },
  ],
  WinrateReadersCut: [
    {
      severity: 'warning',
      fires: { 'winrate_stream_readers_cut_total{reason="slow"}': '0+120x90' },
      quiet: { 'winrate_stream_readers_cut_total{reason="slow"}': '0+30x90' },
    },
  ],
  WinrateHttpErrors: [
    {
      severity: 'warning',
      fires: { 'winrate_http_requests_total{status="503"}': '0+100x90' },
      quiet: { 'winrate_http_requests_total{status="503"}': '0+30x90' },
    },
  ],
}

/** How many of 60 messages a minute are within the promise. */
function gaugeOfLag(fires: string, quiet: string) {
  const series = (within: string) => ({
    'winrate_outcome_to_fleet_seconds_bucket{le="60"}': '0+50x90',
    'winrate_outcome_to_fleet_seconds_bucket{le="65"}': `${within}x90`,
  })
  return { fires: series(fires), quiet: series(quiet) }
}
