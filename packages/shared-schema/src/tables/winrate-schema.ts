import { pgSchema } from 'drizzle-orm/pg-core'

/** Everything of Winrate's own lives in one schema, beside `pgmq` and `bullmq`. */
export const winrateSchema = pgSchema('winrate')
