import { limits, taskTypeSchema } from '@winrate/shared-schema/contracts'
import { type EventsBody, eventKindSchema, eventKinds } from '@winrate/shared-schema/http'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import type { Queryable } from '../postgres/queryable.ts'

const MOST_EVENTS = 500

const eventId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)

/** One kind, or several between commas. */
const kinds = z
  .string()
  .max(1_000)
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(eventKindSchema))

export const eventsQuerySchema = z.object({
  before: eventId.optional().describe('Only older events than the one of this id'),
  after: eventId
    .optional()
    .describe('Only events with a greater id. What is noted at the same time may come out of turn'),
  hours: z.coerce.number().int().min(1).max(2_160).optional().describe('How far back'),
  kind: kinds.optional().describe(`Of ${eventKinds.join(', ')}: several between commas`),
  taskType: toZod(taskTypeSchema).optional(),
  instanceId: z.string().min(1).max(limits.instanceIdChars).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(100),
})

export type EventsQuery = z.infer<typeof eventsQuerySchema>

type Row = Omit<EventsBody['events'][number], 'at' | 'kind'> & {
  readonly at: Date
  readonly kind: string
}

/** The newest events that pass the filters. */
export async function readEvents(
  queryable: Queryable,
  { before, after, hours, kind, taskType, instanceId, limit }: EventsQuery,
): Promise<EventsBody> {
  const { rows } = await queryable.query<Row>({
    name: 'read-events',
    text: `
      select event_id::float8 as id, happened_at as at, kind, task_type as "taskType", provider,
        model_name as "modelName", thinking_level as "thinkingLevel", instance_id as "instanceId",
        message, caused_by as by
      from winrate.events
      where ($1::bigint is null or event_id < $1)
        and ($2::bigint is null or event_id > $2)
        and ($3::int is null or happened_at > now() - make_interval(hours => $3))
        and kind = any($4)
        and ($5::text is null or task_type = $5)
        and ($6::text is null or instance_id = $6)
      order by event_id desc
      limit $7`,
    values: [
      ...[before ?? null, after ?? null, hours ?? null, kind ?? eventKinds, taskType ?? null],
      ...[instanceId ?? null, limit + 1],
    ],
  })
  return {
    // A later version may note other kinds beside this one.
    events: rows.slice(0, limit).flatMap(({ at, kind, ...row }) => {
      const known = eventKindSchema.safeParse(kind)
      return known.success ? [{ ...row, kind: known.data, at: at.toISOString() }] : []
    }),
    more: rows.length > limit,
  }
}
