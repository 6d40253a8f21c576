/** Samples below which a rate takes no part in comparisons. */
export const LEAST_SAMPLES = 10
