// Around every chart and table: its title, what it says in words, the same numbers as a table, as CSV and as a command.
import { type ReactNode, useId, useState } from 'react'
import { toCsv } from '../format/csv.ts'
import { CopyButton } from './copy-button.tsx'
import { Scroll } from './scroll.tsx'

export interface Numbers {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export function FigureFrame({
  title,
  note,
  numbers,
  command,
  actions,
  isTable = false,
  children,
}: {
  readonly title: string
  /** What it shows and how to read it. */
  readonly note?: ReactNode
  readonly numbers: Numbers
  /** The command that prints the same. */
  readonly command?: string
  readonly actions?: ReactNode
  /** Whether `children` are a table of the numbers already. */
  readonly isTable?: boolean
  readonly children: ReactNode
}) {
  const [shown, setShown] = useState<'figure' | 'numbers'>('figure')
  const id = useId()
  return (
    <section aria-labelledby={id} className="card min-w-0">
      <div className="flex items-start justify-between gap-x-4 gap-y-1 px-4 pt-3 pb-2 max-lg:flex-wrap">
        <div className="min-w-0">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {note !== undefined && <p className="max-w-2xl text-xs text-muted">{note}</p>}
        </div>
        <div className="-mr-1.5 flex flex-wrap lg:shrink-0 items-center gap-x-0.5 text-xs">
          {actions}
          {!isTable && (
            <button
              type="button"
              className="quiet"
              aria-pressed={shown === 'numbers'}
              onClick={() => setShown(shown === 'figure' ? 'numbers' : 'figure')}
            >
              {shown === 'figure' ? 'Numbers' : 'Figure'}
            </button>
          )}
          <button type="button" className="quiet" onClick={() => saveCsv(title, numbers)}>
            CSV
          </button>
          {command !== undefined && <CopyButton text={command} label="Command" />}
        </div>
      </div>
      {shown === 'figure' ? children : <NumbersTable {...numbers} title={title} />}
    </section>
  )
}

function NumbersTable({ title, columns, rows }: Numbers & { readonly title: string }) {
  return (
    <Scroll label={`Numbers: ${title}`} className="max-h-96">
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="sticky top-0 bg-surface">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name of their own
            <tr key={at}>
              {row.map((value, column) => (
                <td key={columns[column]} className={typeof value === 'number' ? 'text-right' : ''}>
                  {value === null ? (
                    '–'
                  ) : (
                    <bdi>{typeof value === 'number' ? rounded(value) : value}</bdi>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

/** Data in the address: a blob's would need its own source in the policy. */
function saveCsv(title: string, { columns, rows }: Numbers): void {
  const link = document.createElement('a')
  link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(toCsv([columns, ...rows]))}`
  link.download = `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.csv`
  link.click()
}
