// Rows of a CSV file, as RFC 4180 has it, from its chunks. Guarantees: memory is bounded whatever the file holds, because of a
// field only its beginning is kept, and rows have a most number of fields.

export interface CsvRow {
  /** That it begins in, from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

/** More of a field is dropped: only prompts are longer than names and scores. */
const MOST_FIELD_CHARS = 1_000
const MOST_FIELDS = 1_002
const separators = [',', ';', '\t'] as const

/** @throws Error that names the line where quotes are wrong or a row has too many fields. */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  let separator: string | undefined
  let fields: string[] = []
  let field = ''
  let state: 'plain' | 'quoted' | 'closed' = 'plain'
  let line = 1
  let beginsIn = 1
  let openedIn = 1

  function endField(): void {
    fields.push(field)
    field = ''
    state = 'plain'
    if (fields.length > MOST_FIELDS) {
      throw new Error(`line ${beginsIn}: more than ${MOST_FIELDS} columns`)
    }
  }
  function endRow(): CsvRow | undefined {
    endField()
    const row = { line: beginsIn, fields }
    fields = []
    beginsIn = line
    return row.fields.length === 1 && row.fields[0] === '' ? undefined : row
  }

  for await (const chunk of chunks) {
    separator ??= separatorIn(chunk)
    for (const character of chunk) {
      if (character === '\n') line += 1
      if (state === 'quoted') {
        if (character === '"') state = 'closed'
        else if (field.length < MOST_FIELD_CHARS) field += character
      } else if (character === '"' && state === 'closed') {
        // Two quotes are one within quotes.
        field += '"'
        state = 'quoted'
      } else if (character === '"' && field === '') {
        state = 'quoted'
        openedIn = line
      } else if (character === separator) endField()
      else if (character === '\n') {
        const row = endRow()
        if (row !== undefined) yield row
      } else if (state === 'closed' && character !== '\r') {
        throw new Error(
          `line ${line}: text follows a closing quote; write quotes within quotes twice`,
        )
      } else if (character !== '\r' && field.length < MOST_FIELD_CHARS) field += character
    }
  }
  if (state === 'quoted') throw new Error(`line ${openedIn}: a quote opens and never closes`)
  const last = endRow()
  if (last !== undefined) yield last
}

/** The one that the first line has most of. */
function separatorIn(chunk: string): string {
  const [first = ''] = chunk.split('\n', 1)
  const count = (separator: string) => first.split(separator).length
  return separators.reduce<string>(
    (best, separator) => (count(separator) > count(best) ? separator : best),
    ',',
  )
}
