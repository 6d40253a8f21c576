import type { ReactNode } from 'react'

/** A column of words, of numbers, or of plots that share an axis. */
export type Column =
  | string
  | { readonly number: string; readonly title?: string }
  | { readonly plot: ReactNode; readonly className: string }

export function TableHead({ columns }: { readonly columns: readonly Column[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          if (typeof column === 'string') {
            return (
              <th key={column} scope="col">
                {column}
              </th>
            )
          }
          if ('plot' in column) {
            return (
              <th key="plot" scope="col" className={`plot ${column.className}`}>
                {column.plot}
              </th>
            )
          }
          return (
            <th key={column.number} scope="col" className="number" title={column.title}>
              {column.number}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}
