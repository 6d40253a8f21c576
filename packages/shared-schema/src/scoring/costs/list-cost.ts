/** What a call used. Undefined means that it is not known. */
export interface TokenUsage {
  /** All input tokens, those of the cache included. */
  readonly inputTokens?: number | undefined
  /** Input tokens that the provider read from its cache. */
  readonly cacheReadTokens?: number | undefined
  /** Input tokens that the provider wrote to its cache. */
  readonly cacheWriteTokens?: number | undefined
  /** All output tokens, those of reasoning included. */
  readonly outputTokens?: number | undefined
  /** Output tokens that the model reasoned with; they cost what others do. */
  readonly reasoningTokens?: number | undefined
}

interface Prices {
  readonly inputUsdPerMTokens?: number | undefined
  readonly outputUsdPerMTokens?: number | undefined
  readonly cacheReadUsdPerMTokens?: number | undefined
  readonly cacheWriteUsdPerMTokens?: number | undefined
}

/** List prices of a model: see `catalogueEntrySchema`. */
export interface ListPrices extends Prices {
  readonly longContext?: readonly (Prices & { readonly aboveTokens: number })[] | undefined
}

/**
 * What a call costs by list prices, in US dollars:
 *
 * `(input - read - write) · pInput + read · pRead + write · pWrite + output · pOutput`
 *
 * Undefined where the input or output is not known, or the price of a part that has tokens; and where both are 0, which
 * providers and proxies send for what they have not counted. Batches, searches, and caches of
 * an hour have other prices: a provider that charges those has to state the cost.
 */
export function listCostUsd(
  { inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, outputTokens }: TokenUsage,
  { longContext = [], ...base }: ListPrices,
): number | undefined {
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  if (inputTokens === 0 && outputTokens === 0) return undefined
  let prices: Prices = base
  let above = 0
  for (const { aboveTokens, ...tier } of longContext) {
    if (inputTokens <= aboveTokens || aboveTokens < above) continue
    above = aboveTokens
    prices = { ...base, ...tier }
  }
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = prices
  const { cacheReadUsdPerMTokens: read = input, cacheWriteUsdPerMTokens: write = input } = prices
  const usd =
    part(inputTokens - cacheReadTokens - cacheWriteTokens, input) +
    part(cacheReadTokens, read) +
    part(cacheWriteTokens, write) +
    part(outputTokens, output)
  return Number.isNaN(usd) ? undefined : usd / 1e6
}

function part(tokens: number, usdPerMTokens = Number.NaN): number {
  return tokens === 0 ? 0 : tokens * usdPerMTokens
}

/** One price for a model: three input tokens for each output token, as in common price comparisons. */
export function blendedUsdPerMTokens(input: number, output: number): number {
  return 0.75 * input + 0.25 * output
}
