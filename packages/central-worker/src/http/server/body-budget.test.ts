import { expect, it } from 'vitest'
import { createBodyBudget } from './body-budget.ts'
import { HttpError } from './http-error.ts'

function setUp() {
  const clock = { nowMs: 0 }
  const cut: string[] = []
  const budget = createBodyBudget({ bytes: 100, graceMs: 10, nowMs: () => clock.nowMs })
  const open = (name: string, bytes: number) => budget.open(bytes, () => cut.push(name))
  return { clock, cut, budget, open }
}

it('refuses what goes over the budget, and takes it when there is room again', () => {
  const { open, budget } = setUp()
  const first = open('first', 60)
  expect(() => open('second', 60)).toThrow(HttpError)
  expect(budget.usedBytes()).toBe(60)
  first.close()
  open('second', 60)
  expect(budget.usedBytes()).toBe(60)
})

it('counts a body that has arrived as what it is, until it is given back', () => {
  const { open, budget } = setUp()
  const place = open('body', 100)
  place.settle(30)
  expect(budget.usedBytes()).toBe(30)
  place.close()
  place.close()
  expect(budget.usedBytes()).toBe(0)
})

it('cuts those that have been arriving for longest, no more than it must', () => {
  const { open, cut, clock, budget } = setUp()
  for (const name of ['a', 'b', 'c', 'd']) open(name, 25)
  clock.nowMs = 10
  open('new', 40)
  expect(cut).toEqual(['a', 'b'])
  expect(budget.usedBytes()).toBe(90)
})

it('cuts neither what is young nor what has arrived', () => {
  const { open, cut, clock } = setUp()
  const arrived = open('arrived', 50)
  arrived.settle(50)
  clock.nowMs = 100
  open('young', 50)
  clock.nowMs = 105
  expect(() => open('new', 50)).toThrow(HttpError)
  expect(cut).toEqual([])
})
