// What help says of the variables of the environment; docs/operations.md describes them all.
export const variablePhrases = {
  DATABASE_URL: 'the Postgres to use; without it the embedded one',
  REDIS_URL: 'the Redis that keeps the time of ticks; without it Postgres does',
  WINRATE_DATA_DIR: 'the folder of the embedded Postgres',
  WINRATE_FLEET: 'the name of the deployment that the database must belong to',
  WINRATE_HOST: 'the address to listen on',
  WINRATE_PORT: 'the port to listen on',
  WINRATE_LOG_LEVEL: 'the least level that is logged',
  WINRATE_LOG_FORMAT: 'text, json, or text on a terminal only',
  WINRATE_AGGREGATION_INTERVAL_MS: 'how often ticks are due',
  WINRATE_WINDOW_DAYS: 'the days that count',
  WINRATE_BASELINE_MODEL: 'the model to compare costs with',
  WINRATE_POLICY: 'the kind of the configured policy',
  WINRATE_POLICY_EXPLORATION: 'how much the configured policy explores',
  WINRATE_POLICY_FILE: 'the configured policy, as JSON',
  WINRATE_QUALITY_WEIGHT: 'share of the reward that quality decides',
  WINRATE_CATALOGUE_FILE: 'models of your own, as JSON',
  WINRATE_DEFAULTS_FILE: 'default win rates of your own, as JSON',
  WINRATE_LIMITS: 'what the project may do at most on each replica',
} as const

export type VariableName = keyof typeof variablePhrases

/** Of every command that works on the database. */
export const databaseVariables = ['DATABASE_URL', 'WINRATE_DATA_DIR'] as const
