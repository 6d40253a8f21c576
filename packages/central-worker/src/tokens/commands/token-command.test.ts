import { expect, it } from 'vitest'
import { UsageError } from '../../commands/command.ts'
import { token } from './token-command.ts'

function problemOf(operands: readonly string[], flags: Readonly<Record<string, unknown>> = {}) {
  try {
    token.prepare({ operands, flags })
    return undefined
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
}

it.each<[readonly string[], Record<string, unknown>, string]>([
  [['create'], { scope: ['read'] }, '--label: is missing'],
  [['create'], { label: 'x' }, '--scope: is missing'],
  [['create'], { label: 'x', scope: ['root'] }, '--scope: must be one of publish, read, feedback'],
  [['create'], { label: 'x', scope: ['read'], expires: '3' }, '--expires: must be a number with'],
  [['create'], { label: 'x', scope: ['read'], expires: '0d' }, '--expires: must not be zero'],
  [['create', 'a'], { label: 'x', scope: ['read'] }, 'ID: is not for create'],
  [['list'], { label: 'x' }, '--label: is for create only'],
  [['revoke', 'a'], { overlap: '1h' }, '--overlap: is for rotate only'],
  [['rotate'], {}, 'ID: is missing'],
  [['burn'], {}, 'ACTION: must be one of create, list, rotate, revoke'],
])('refuses %j with %j', (operands, flags, problem) => {
  expect(problemOf(operands, flags)).toContain(problem)
})

it('takes what it documents', () => {
  expect(problemOf(['create'], { label: 'x', scope: ['read'], expires: '90d' })).toBeUndefined()
  expect(problemOf(['rotate', 'a'], { overlap: '0m' })).toBeUndefined()
  expect(problemOf(['list'])).toBeUndefined()
})
