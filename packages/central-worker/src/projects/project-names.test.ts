import { expect, test } from 'vitest'
import { projectName, urlOfProject } from './project-names.ts'

test.each([
  [
    'postgres://w:p%40ss@db:5432/winrate?sslmode=require',
    'postgres://w:p%40ss@db:5432/it?sslmode=require',
  ],
  [
    'postgres://w@a:1,b:2/winrate?target_session_attrs=read-write',
    'postgres://w@a:1,b:2/it?target_session_attrs=read-write',
  ],
  ['postgres:///winrate?host=/run/postgresql', 'postgres:///it?host=/run/postgresql'],
])('beside the database of %s', (url, expected) => {
  expect(urlOfProject(url, { name: 'it', database: 'it' }, {})).toBe(expected)
})

test('on another server, by the file, or not at all', () => {
  const place = { name: 'it', database: null }
  expect(urlOfProject('postgres://db/winrate', place, { it: 'postgres://far/it' })).toBe(
    'postgres://far/it',
  )
  expect(() => urlOfProject('postgres://db/winrate', place, {})).toThrow('WINRATE_PROJECTS_FILE')
})

test.each(['', 'default', 'Search', 'a_b', '-a', 'a-', '1st', 'a/b', 'a"b', `a${'b'.repeat(40)}`])(
  'refuses the name %j',
  (name) => expect(projectName.safeParse(name).success).toBe(false),
)
