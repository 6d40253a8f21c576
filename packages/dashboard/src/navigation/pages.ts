/** What the navigation lists, in order; `key` follows `g` on the keyboard. */
export const navigation = [
  { path: '', title: 'Overview', key: 'o' },
  { path: 'task-types', title: 'Task types', key: 't' },
  { path: 'why', title: 'Why', key: 'w' },
  { path: 'instances', title: 'Instances', key: 'i' },
  { path: 'snapshots', title: 'Snapshots', key: 's' },
  { path: 'pipeline', title: 'Pipeline', key: 'p' },
  { path: 'savings', title: 'Experiment, savings', key: 'v' },
  { path: 'patterns', title: 'Patterns', key: 'a' },
  { path: 'settings', title: 'Settings', key: 'e' },
] as const
