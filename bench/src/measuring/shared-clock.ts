/** Nanoseconds of the clock that all processes of a machine share, as milliseconds. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
