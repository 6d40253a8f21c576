/** Longer prompts are cut here before they are hashed. */
const MAX_CHARS = 1_048_576
const MAX_VALUES = 20_000
const MAX_DEPTH = 12

/** A prompt as far as it was read. Concatenation is cheap: V8 copies no text before it is read. */
interface Reading {
  text: string
  isEmpty: boolean
  charsLeft: number
  valuesLeft: number
}

/**
 * One text for a prompt: a string as it is; for messages the role and every text in order, a line each.
 * Reads a bounded amount. Throws only what hostile getters throw.
 *
 * @param count How many messages of a list belong to the prompt.
 */
export function promptText(prompt: unknown, count = Number.POSITIVE_INFINITY): string {
  if (typeof prompt === 'string') return prompt.slice(0, MAX_CHARS)
  const reading = { text: '', isEmpty: true, charsLeft: MAX_CHARS, valuesLeft: MAX_VALUES }
  if (!Array.isArray(prompt)) {
    if (count > 0) collect(prompt, reading, 0)
    return reading.text
  }
  for (let at = 0; at < Math.min(prompt.length, count) && reading.valuesLeft > 0; at += 1) {
    collect(prompt[at], reading, 0)
  }
  return reading.text
}

function collect(value: unknown, reading: Reading, depth: number): void {
  reading.valuesLeft -= 1
  if (reading.valuesLeft < 0 || reading.charsLeft <= 0 || depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    addLine(value, reading)
    return
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  const names = Array.isArray(value) ? value.keys() : namesInOrder(value)
  for (const name of names) {
    if (reading.valuesLeft <= 0) return
    collect(Reflect.get(value, name), reading, depth + 1)
  }
}

function addLine(value: string, reading: Reading): void {
  const line = value.slice(0, reading.charsLeft)
  reading.charsLeft -= line.length + 1
  reading.text = reading.isEmpty ? line : `${reading.text}\n${line}`
  reading.isEmpty = false
}

/** The order of properties must not change the text: role first, the rest by name. */
function namesInOrder(value: object): readonly string[] {
  const all = Object.keys(value)
  const names = all.length > MAX_VALUES ? all.slice(0, MAX_VALUES) : all
  const [first = '', second = ''] = names
  const isInOrder = names.length < 2 || (names.length === 2 && roleFirst(first, second) < 0)
  return isInOrder ? names : names.sort(roleFirst)
}

function roleFirst(one: string, other: string): number {
  if (one === other) return 0
  if (one === 'role') return -1
  if (other === 'role') return 1
  return one < other ? -1 : 1
}
