import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { UsageError } from '../errors.ts'
import { outcomeColumns, outcomeRowSchema, type PublishedOutcome } from './published-outcome.ts'

const rowsSchema = z.array(
  z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }),
)

const csvErrorSchema = z.object({ message: z.string(), lines: z.number().optional() })

/** Reads one gzip'd CSV file of published outcomes. Throws UsageError that says what is wrong and where. */
export async function readOutcomeFile(file: string): Promise<PublishedOutcome[]> {
  return parseOutcomeText(await readGzipText(file), file)
}

/** Parses the text of an outcome file; errors name `file`. */
export function parseOutcomeText(text: string, file: string): PublishedOutcome[] {
  const [header, ...rows] = parseRows(text, file)
  const wanted = outcomeColumns.join(',')
  if (header?.record.join(',') !== wanted) {
    throw new UsageError(`${file}: the first line must be exactly ${wanted}`)
  }
  if (rows.length === 0) throw new UsageError(`${file}: has a header but no outcomes`)
  return rows.map(({ record, info }) => parseRow(record, `${file}: line ${info.lines}`))
}

async function readGzipText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`${file}: cannot be read (${messageOf(error)})`)
  })
  const plain = await promisify(gunzip)(bytes).catch((error: unknown) => {
    throw new UsageError(`${file}: is not a whole gzip file (${messageOf(error)})`)
  })
  return plain.toString('utf8')
}

function parseRows(text: string, file: string): z.infer<typeof rowsSchema> {
  try {
    const rows: unknown = parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    })
    return rowsSchema.parse(rows)
  } catch (error) {
    const known = csvErrorSchema.safeParse(error)
    const where = known.data?.lines === undefined ? '' : ` line ${known.data.lines}:`
    throw new UsageError(`${file}:${where} is not CSV (${messageOf(error)})`)
  }
}

function parseRow(record: readonly string[], where: string): PublishedOutcome {
  if (record.length !== outcomeColumns.length) {
    throw new UsageError(`${where}: has ${record.length} fields, not ${outcomeColumns.length}`)
  }
  const row = Object.fromEntries(outcomeColumns.map((column, at) => [column, record[at]]))
  const parsed = outcomeRowSchema.safeParse(row)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(`${where}: ${issue?.path.join('.')} ${issue?.message}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
