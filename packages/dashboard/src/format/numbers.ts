// Numbers as people read them. A dash stands for what is not known.
const DASH = '–'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** `1 message`, `2 messages` */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? DASH : whole.format(count)
}

/** 12.4K, for tiles and axes. */
export function formatShort(count: number | null | undefined): string {
  return count === null || count === undefined ? DASH : short.format(count)
}

/** A share of 1 in per cent; never 0 % or 100 % for what only rounds to it. */
export function formatShare(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined) return DASH
  const least = 10 ** -digits
  const percent = share * 100
  if (percent > 0 && percent < least / 2) return `<${least} %`
  if (percent < 100 && percent > 100 - least / 2) return `>${(100 - least).toFixed(digits)} %`
  return `${percent.toFixed(digits).replace('-', '−')} %`
}

/** `62–78 %` */
export function formatRange(low: number, high: number, digits = 0): string {
  return `${(low * 100).toFixed(digits)}–${(high * 100).toFixed(digits)} %`
}

/** A difference of two shares in percentage points, with its sign. */
export function formatPoints(difference: number | null | undefined, digits = 1): string {
  if (difference === null || difference === undefined) return DASH
  return `${signed(difference * 100, digits)} pp`
}

export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

/** Two significant digits below a dollar, cents above. */
export function formatUsd(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return DASH
  const size = Math.abs(usd)
  const sign = usd < 0 ? '−' : ''
  if (size === 0) return '$0'
  if (size >= 1_000) return `${sign}$${whole.format(size)}`
  if (size >= 1) return `${sign}$${size.toFixed(2)}`
  const digits = Math.min(8, 1 - Math.floor(Math.log10(size)))
  return `${sign}$${size.toFixed(digits)}`
}

export function formatMs(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return DASH
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  return formatSeconds(milliseconds / 1_000)
}

/** A length of time in one unit. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return DASH
  if (seconds > 0 && seconds < 0.1) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} days`
}
