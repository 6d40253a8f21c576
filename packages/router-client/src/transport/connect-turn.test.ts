import { expect, test } from 'vitest'
import { takeConnectTurn } from './connect-turn.ts'

const never = new AbortController().signal

test('connects to one host take turns, other hosts do not wait', async () => {
  const order: string[] = []
  const first = await takeConnectTurn('a', never)
  const second = takeConnectTurn('a', never).then((end) => {
    order.push('second')
    end('connected')
  })
  const other = await takeConnectTurn('b', never)
  other('connected')
  order.push('first')
  first('connected')
  await second
  expect(order).toEqual(['first', 'second'])
})

test('after a failure the next turn starts too', async () => {
  const first = await takeConnectTurn('c', never)
  first('failed')
  const second = await takeConnectTurn('c', never)
  second('connected')
})

test('an aborted wait rejects at once and does not delay the others', async () => {
  const first = await takeConnectTurn('d', never)
  const leaving = new AbortController()
  const left = takeConnectTurn('d', leaving.signal)
  const third = takeConnectTurn('d', never)
  leaving.abort(new Error('closed'))
  await expect(left).rejects.toThrow('closed')
  first('connected')
  ;(await third)('connected')
})
