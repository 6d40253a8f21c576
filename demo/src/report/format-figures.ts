const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** `27,048` */
export function formatCount(value: number): string {
  return whole.format(value)
}

/** `63.2 %`, from a share between 0 and 1. */
export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** `0:26` */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `812 ms` or `1.3 s` */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${whole.format(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** `850 ns`, `8.1 µs` or `1.2 ms` */
export function formatNs(ns: number): string {
  if (ns < 1000) return `${whole.format(ns)} ns`
  if (ns < 1_000_000) return `${(ns / 1000).toFixed(1)} µs`
  return `${(ns / 1_000_000).toFixed(1)} ms`
}

/** Cuts a text that is longer than `width` and marks the cut with an ellipsis. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}
