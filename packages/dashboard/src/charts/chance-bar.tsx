import { formatShare } from '../format/numbers.ts'

/** A share of 1 as a bar with its number. */
export function ChanceBar({ share }: { readonly share: number }) {
  return (
    <span className="flex items-center justify-end gap-2 whitespace-nowrap">
      <span
        className="hidden h-1.5 w-14 overflow-hidden rounded-full bg-sunken sm:block"
        aria-hidden="true"
      >
        <span
          className="block h-full rounded-full bg-accent"
          style={{ width: `${share * 100}%` }}
        />
      </span>
      <span className="w-11 text-right">{formatShare(share)}</span>
    </span>
  )
}
