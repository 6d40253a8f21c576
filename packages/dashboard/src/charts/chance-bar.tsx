import { formatShare } from '../format/numbers.ts'

/** What the two chances mean, for a title. */
export const CHANCE_TO_BE_BEST =
  'How likely its mean reward is the greatest, by what is known of it alone'
export const CHANCE =
  'How likely it is chosen: cost, speed, failed calls, constraints, exploration and the sharpness of the policy count too'

/** A share of 1 as a bar with its number; null where there is none. */
export function ChanceBar({ share }: { readonly share: number | null }) {
  if (share === null) return '–'
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
