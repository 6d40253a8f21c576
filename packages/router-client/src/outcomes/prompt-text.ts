/** Longer prompts are cut here before they are hashed. */
const MAX_CHARS = 1_048_576
const MAX_VALUES = 20_000
const MAX_DEPTH = 12

/**
 * One text for a prompt: a string is itself; of messages, role and every text in order, a line each.
 * Bounded work; `count` is how many messages of a list belong. Throws only what hostile getters throw.
 */
export function promptText(prompt: unknown, count = Number.POSITIVE_INFINITY): string {
  if (typeof prompt === 'string') return prompt.slice(0, MAX_CHARS)
  const lines: string[] = []
  const left = { chars: MAX_CHARS, values: MAX_VALUES }
  const list: readonly unknown[] = Array.isArray(prompt) ? prompt : [prompt]
  for (let at = 0; at < Math.min(list.length, count) && left.values > 0; at += 1) {
    collect(list[at], lines, left, 0)
  }
  return lines.join('\n')
}

function collect(
  value: unknown,
  lines: string[],
  left: { chars: number; values: number },
  depth: number,
): void {
  left.values -= 1
  if (left.values < 0 || left.chars <= 0 || depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    const line = value.slice(0, left.chars)
    left.chars -= line.length + 1
    lines.push(line)
    return
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  const names = Array.isArray(value) ? value.keys() : Object.keys(value).sort(roleFirst)
  for (const name of names) {
    if (left.values <= 0) return
    collect(Reflect.get(value, name), lines, left, depth + 1)
  }
}

/** Property order must not change the text: role first, the rest by name. */
function roleFirst(one: string, other: string): number {
  if (one === other) return 0
  if (one === 'role') return -1
  if (other === 'role') return 1
  return one < other ? -1 : 1
}
