import { linePath } from './paths.ts'
import { linearScale } from './scale.ts'

/** A line without axes. Its numbers are elsewhere on the page, so it is hidden from readers of text. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return <div className="h-7" />
  const y = linearScale([0, Math.max(...known)], { flipped: true })
  const step = 100 / (values.length - 1)
  const points = values.map((value, at) =>
    value === null ? null : ([at * step, y(value)] as const),
  )
  const line = linePath(points)
  return (
    <svg
      className="h-7 w-full overflow-visible"
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path
        d={line}
        className="fill-none stroke-accent"
        strokeWidth="1.25"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
