// Reads a file of offline evaluations, chunk by chunk, into sums: outcomes as JSON, one a line, or a table of scores with a
// row for each prompt and a column for each model.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  failureKind,
  isTaskType,
  learnedTaskType,
  problemWith,
  readOutcome,
  taskTypeRule,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { ImportSums } from './import-sums.ts'
import { type CsvRow, readCsv } from './read-csv.ts'

export interface ImportOptions {
  /** Of what does not say. */
  readonly taskType?: string | undefined
  readonly provider?: string | undefined
}

export interface ReadImport {
  /** The same for the same file, read in the same way. */
  readonly fingerprint: string
  readonly sums: ImportSums
}

/** Of one outcome, its prompt included. */
const MOST_LINE_CHARS = 4_194_304
const MOST_NAME_SHOWN = 60

/** @throws Error that says which lines are wrong and why, or that the file cannot be read. */
export async function readImport(file: string, options: ImportOptions): Promise<ReadImport> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([options.taskType ?? null, options.provider ?? null]))
  const bytes = createReadStream(file)
  bytes.on('data', (chunk) => hash.update(chunk))
  const { first, chunks } = await peek(decode(bytes))
  const sums = new ImportSums()
  if (first === '{') await readOutcomes(chunks, options, sums)
  else await readTable(readCsv(chunks), options, sums)
  sums.finish()
  return { fingerprint: hash.digest('hex'), sums }
}

async function* decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Leaves out a byte order mark.
  const decoder = new TextDecoder()
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

/** The first character that is no space, and all chunks. */
async function peek(chunks: AsyncGenerator<string>) {
  const before: string[] = []
  let first = ''
  while (first === '') {
    const { value, done } = await chunks.next()
    if (done === true) break
    before.push(value)
    first = value.trimStart().charAt(0)
    if (before.length > 1_000) throw new Error('the file begins with nothing but space')
  }
  async function* all(): AsyncGenerator<string> {
    yield* before
    yield* chunks
  }
  return { first, chunks: all() }
}

async function readOutcomes(
  chunks: AsyncIterable<string>,
  options: ImportOptions,
  sums: ImportSums,
): Promise<void> {
  let line = 0
  for await (const text of linesOf(chunks)) {
    line += 1
    if (text.trim() === '') continue
    const problem = addOutcome(text, options, sums)
    if (problem !== undefined) sums.complain(line, problem)
  }
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  let line = 1
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    line += lines.length
    yield* lines
    if (rest.length > MOST_LINE_CHARS) {
      throw new Error(
        `nothing is imported:\nline ${line}: longer than ${MOST_LINE_CHARS} characters`,
      )
    }
  }
  yield rest
}

/** Returns what is wrong with it. */
function addOutcome(text: string, options: ImportOptions, sums: ImportSums): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no JSON object'
  const { taskType: task_type, provider } = options
  const given = { ...{ task_type, provider, instance_id: 'import' }, ...value }
  const { outcome, problems } = readOutcome(given)
  const [problem] = problems
  if (problem !== undefined) return `${problem.name} ${problem.problem}`
  if (outcome === undefined) return 'no outcome'
  if (outcome.corrects !== undefined) {
    return 'it corrects another outcome: leave out both, or keep the right one alone'
  }
  const { success, failure, response_quality: quality, after = '' } = outcome
  const isSample = failure === undefined || failureKind(failure) === 'quality'
  if (success === null || !isSample) {
    sums.skipped += 1
    return undefined
  }
  sums.add(
    {
      taskType: learnedTaskType(outcome.task_type, after),
      modelName: outcome.model_name,
      provider: outcome.provider ?? UNKNOWN_PROVIDER,
      thinkingLevel: outcome.thinking_level ?? '',
    },
    { success: success ? 1 : 0, quality },
  )
  return undefined
}

async function readTable(
  rows: AsyncGenerator<CsvRow>,
  options: ImportOptions,
  sums: ImportSums,
): Promise<void> {
  const { value: header, done } = await rows.next()
  if (done === true) throw new Error('nothing is imported: the file is empty')
  const columns = readHeader(header, options)
  for await (const row of rows) {
    if (row.fields.length !== header.fields.length) {
      const { length } = row.fields
      sums.complain(row.line, `${length} columns, where the header has ${header.fields.length}`)
      continue
    }
    const taskType = columns.task < 0 ? options.taskType : row.fields[columns.task]
    if (!isTaskType(taskType)) {
      sums.complain(row.line, `"${shown(taskType)}" is no task type: ${taskTypeRule}`)
      continue
    }
    addRow({ ...row, taskType, provider: options.provider ?? UNKNOWN_PROVIDER }, columns, sums)
  }
}

interface Columns {
  /** Below 0 where there is none. */
  readonly task: number
  readonly models: readonly { readonly at: number; readonly modelName: string }[]
}

function readHeader({ fields }: CsvRow, { taskType }: ImportOptions): Columns {
  const task = fields.findIndex((name) => ['task_type', 'taskType'].includes(name.trim()))
  if (task < 0 && taskType === undefined) {
    throw new Error('nothing is imported: say --task-type, as the file has no column task_type')
  }
  const models = fields
    .map((name, at) => ({ at, modelName: name.trim() }))
    .filter(({ at }) => at > 0 && at !== task)
  const names = new Set<string>()
  for (const { modelName } of models) {
    const problem = problemWith('model_name', modelName)
    const twice = names.has(modelName) ? 'is there twice' : undefined
    if (problem !== undefined || twice !== undefined) {
      throw new Error(
        `nothing is imported:\nline 1: the column "${shown(modelName)}" names no model: it ${twice ?? problem}`,
      )
    }
    names.add(modelName)
  }
  if (models.length === 0) {
    throw new Error(
      'nothing is imported:\nline 1: no column of a model: the first column names the prompt, each further one a model',
    )
  }
  return { task, models }
}

function addRow(
  row: CsvRow & { readonly taskType: string; readonly provider: string },
  { models }: Columns,
  sums: ImportSums,
): void {
  const { line, fields, taskType, provider } = row
  for (const { at, modelName } of models) {
    const text = (fields[at] ?? '').trim()
    const success = scoreOf(text)
    if (text === '') sums.skipped += 1
    else if (success === undefined) {
      sums.complain(
        line,
        `"${shown(text)}" in the column "${shown(modelName)}" is no score from 0 to 1; leave out columns that hold none`,
      )
      return
    } else sums.add({ taskType, modelName, provider, thinkingLevel: '' }, { success })
  }
}

function scoreOf(text: string): number | undefined {
  if (/^true$/i.test(text)) return 1
  if (/^false$/i.test(text)) return 0
  const score = /^\d*\.?\d+(?:e-?\d+)?$|^\d+\.$/i.test(text) ? Number(text) : Number.NaN
  return score >= 0 && score <= 1 ? score : undefined
}

function shown(text = ''): string {
  return text.length <= MOST_NAME_SHOWN ? text : `${text.slice(0, MOST_NAME_SHOWN)}…`
}
