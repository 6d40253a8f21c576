// What hosts and gateways add to a vendor's own id of a model: a path, a region and vendor, a version of the
// deployment, another case. Guarantee: only names of the vendors below change, and what may be another product
// stays in the name: a size, a date, `:free`, `-thinking`, a quantisation, a fine-tune.

const vendors =
  'anthropic|openai|google|x-?ai|deepseek(?:-ai)?|mistral(?:-?ai)?|meta(?:-llama)?|qwen|alibaba|moonshot(?:ai)?|z-?ai(?:-org)?|minimax(?:ai)?|cohere|amazon|microsoft|nvidia'
const hosts =
  'openrouter|(?:amazon-)?bedrock|(?:google-)?vertex(?:[-_]ai)?|azure(?:-openai)?|gemini'

/** Begins a name that is read by these rules. Every other name means itself. */
const family =
  /^(?:claude|chatgpt|codex|gpt|o\d|gemini|gemma|grok|deepseek|mistral|ministral|mixtral|codestral|devstral|magistral|pixtral|llama|qwen|qwq|kimi|glm|minimax|command|nova|phi|nemotron)(?=[-:@\d]|$)/

/** `openrouter/anthropic/`, `models/`, `projects/P/locations/L/publishers/google/models/`, a Bedrock ARN; `anthropic:`. */
const path = new RegExp(
  `^(?:arn:aws[a-z-]*:bedrock:[^/]*:(?:foundation-model|inference-profile)/|(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/|models/|bedrock/[a-z\\d-]+/|(?:${hosts}|${vendors})[/:])+`,
)
/** Bedrock: `anthropic.`, `us.anthropic.`, `us-gov.anthropic.`. */
const regionAndVendor = new RegExp(`^(?:[a-z]{2,6}(?:-[a-z]+)?\\.)?(?:${vendors})\\.`)
/** Bedrock: the number of the deployment, which follows the version or the date of the model itself. */
const deployment = /(?:(?<=-\d{8})-v\d+(?::\d+)?|(?<=\d)-v1(?::0)?)+$/
const date = /(?:[-@](?:20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|latest)|@default)$/

/** Whose own API is meant where a name comes without a provider: of models that no one else can host. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/^claude-/, 'anthropic'],
  [/^(?:gpt-\d|chatgpt-|o\d)/, 'openai'],
  [/^gemini-/, 'google'],
  [/^grok-/, 'xai'],
]

/** The vendor's own id in a name: `claude-sonnet-5` of `us.anthropic.claude-sonnet-5-v1:0`. Any other name is itself. */
export function undecorate(name: string): string {
  const id = name.toLowerCase().replace(path, '').replace(regionAndVendor, '')
  if (!family.test(id)) return name
  if (!id.startsWith('claude')) return id
  // OpenRouter writes 4.5 for 4-5, Vertex an @ before the date.
  const dashed = id.replace(/(?<=\d)\.(?=\d)/g, '-').replace(/@(?=\d)/g, '-')
  return dashed.replace(deployment, '')
}

/** A name without the date or `latest` at its end. Whether that is the same model only a catalogue can say. */
export function undate(name: string): string {
  return name.replace(date, '')
}

export function makerOf(id: string): string | undefined {
  return makers.find(([names]) => names.test(id))?.[1]
}

/** The AI SDK adds the API to a provider: `anthropic.messages`. */
const apiOfProvider = /\.(?:messages|chat|responses|completion|generative-ai)$/

/** One spelling of a provider, whatever its case. */
export function plainProvider(provider: string): string {
  return provider.trim().toLowerCase().replace(apiOfProvider, '')
}
