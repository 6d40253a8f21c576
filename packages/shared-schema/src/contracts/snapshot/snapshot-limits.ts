// What a reader takes at most. Reading is work in proportion to what a snapshot holds, and whoever may send outcomes
// decides how much that is; a worker of an earlier version has no bounds of its own.

export interface SnapshotLimits {
  /** UTF-16 units of the text: reading JSON is one step. */
  readonly textChars: number
  /** Cells; task types, models and similarities, each. */
  readonly entries: number
  /** Catalogue entries with their thinking levels and aliases; default win rates; notices; availabilities; splits. */
  readonly settings: number
  /** Task types with a policy of their own. */
  readonly taskPolicies: number
}

/** What a client takes. */
export const snapshotLimits: SnapshotLimits = {
  textChars: 16_777_216,
  entries: 100_000,
  settings: 10_000,
  taskPolicies: 1_000,
}

/** A sentence about what is too much in a text, or in what it says; undefined where nothing is. */
export function findExcess(
  { text = '', value }: { readonly text?: string; readonly value?: unknown },
  { textChars, entries, settings, taskPolicies }: SnapshotLimits,
): string | undefined {
  const counted = [
    ['characters', text.length, textChars],
    ['cells', lengthAt(value, 'cells', 'task'), entries],
    ['task types', lengthAt(value, 'tasks'), entries],
    ['paths', lengthAt(value, 'paths'), entries],
    ['splits', lengthAt(value, 'splits'), settings],
    ['models', lengthAt(value, 'models'), entries],
    ['prices', lengthAt(value, 'prices'), entries],
    ['similarities', lengthAt(value, 'similarity', 'value'), entries],
    ['dependences', lengthAt(value, 'escalation', 'task'), entries],
    ['typical tokens', lengthAt(value, 'tokens', 'task'), entries],
    ['catalogue entries', countCatalogue(fieldOf(value, 'catalogue')), settings],
    ['defaults', countDefaults(fieldOf(value, 'defaults')), settings],
    ['notices', lengthAt(value, 'notices'), settings],
    ['availabilities', lengthAt(value, 'availability'), settings],
    ['policies of task types', sizeOf(fieldOf(fieldOf(value, 'policy'), 'tasks')), taskPolicies],
  ] as const
  const excess = counted.find(([, count, most]) => count > most)
  if (excess === undefined) return undefined
  const [name, count, most] = excess
  return `the snapshot has ${count} ${name}, more than the ${most} that a client takes: lower the worker's limits`
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function lengthAt(value: unknown, ...path: readonly string[]): number {
  const list = path.reduce(fieldOf, value)
  return Array.isArray(list) ? list.length : 0
}

function sizeOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

/** The thinking levels and aliases of an entry count as entries. */
function countCatalogue(catalogue: unknown): number {
  if (!Array.isArray(catalogue)) return 0
  return catalogue.reduce(
    (sum: number, entry) =>
      sum + 1 + lengthAt(entry, 'thinkingLevels') + lengthAt(entry, 'aliases'),
    0,
  )
}

function countDefaults(defaults: unknown): number {
  if (typeof defaults !== 'object' || defaults === null) return 0
  return Object.values(defaults).reduce((sum: number, row) => sum + sizeOf(row), 0)
}
