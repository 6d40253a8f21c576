/** The number at `index`; a wrong index throws instead of counting as 0. */
export function valueAt(numbers: Float64Array, index: number): number {
  const value = numbers[index]
  if (value === undefined) throw new RangeError(`no number at ${index} of ${numbers.length}`)
  return value
}
