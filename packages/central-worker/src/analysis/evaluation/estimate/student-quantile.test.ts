import { expect, test } from 'vitest'
import { of95, of99point5, studentQuantile } from './student-quantile.ts'

// From R: qt(0.975, df), qt(0.9975, df).
test.each([
  [3, 3.182446, 7.453319],
  [5, 2.570582, 4.773341],
  [9, 2.262157, 3.689662],
  [19, 2.093024, 3.173725],
  [60, 2.000298, 2.914553],
  [1_000, 1.962339, 2.813309],
])('at %i degrees of freedom', (freedom, at95, at99point5) => {
  expect(studentQuantile(of95, freedom) / at95).toBeCloseTo(1, 3)
  expect(studentQuantile(of99point5, freedom) / at99point5).toBeCloseTo(1, 3)
})
