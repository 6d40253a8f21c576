/** What the navigation lists, in order; `key` follows `g` on the keyboard. */
export const navigation = [
  { path: '', title: 'Overview', key: 'o' },
  { path: 'task-types', title: 'Task types', key: 't' },
] as const
