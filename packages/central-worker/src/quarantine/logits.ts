// Win rates on the scale on which levels and effects add up.

export function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value))
}

export function logit(share: number): number {
  return Math.log(share / (1 - share))
}
