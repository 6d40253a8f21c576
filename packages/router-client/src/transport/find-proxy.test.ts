import { describe, expect, test } from 'vitest'
import { findProxy } from './find-proxy.ts'

const proxy = 'http://proxy.internal:3128'

function hostOf(target: string, environment: Record<string, string>): string | undefined {
  return findProxy(new URL(target), environment)?.url.href
}

test.each([
  ['https', { HTTPS_PROXY: proxy }, true],
  ['https', { https_proxy: proxy }, true],
  ['https', { HTTP_PROXY: proxy }, false],
  ['http', { HTTP_PROXY: proxy }, true],
  ['http', { http_proxy: proxy }, true],
  ['http', { HTTPS_PROXY: proxy }, false],
  ['http', {}, false],
  ['http', { HTTP_PROXY: '' }, false],
  ['http', { http_proxy: '', HTTP_PROXY: proxy }, true],
  ['http', { http_proxy: proxy, HTTP_PROXY: 'http://other:1' }, true],
  // A CGI program: the variable is a header of its caller.
  ['http', { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }, false],
  ['http', { http_proxy: proxy, REQUEST_METHOD: 'GET' }, true],
] as [string, Record<string, string>, boolean][])(
  '%s with %j goes through the proxy: %s',
  (scheme, environment, isProxied) => {
    expect(hostOf(`${scheme}://worker.test:8080`, environment)).toBe(
      isProxied ? `${proxy}/` : undefined,
    )
  },
)

test.each(['localhost', 'api.localhost', '127.0.0.1', '127.9.9.9', '[::1]', '[::ffff:127.0.0.1]'])(
  'the loopback address %s has no proxy',
  (host) => {
    expect(hostOf(`http://${host}:8080`, { HTTP_PROXY: proxy })).toBeUndefined()
  },
)

describe('NO_PROXY', () => {
  test.each([
    ['*', 'worker.test', true],
    ['worker.test', 'worker.test', true],
    ['WORKER.test', 'worker.TEST', true],
    ['worker.test.', 'worker.test', true],
    ['worker.test', 'worker.test.', true],
    ['worker.test', 'a.worker.test', true],
    ['.worker.test', 'a.worker.test', true],
    ['.worker.test', 'worker.test', true],
    ['*.worker.test', 'a.b.worker.test', true],
    ['worker.test', 'myworker.test', false],
    ['worker', 'worker.test', false],
    ['a, worker.test ,b', 'worker.test', true],
    ['a worker.test', 'worker.test', true],
    ['worker.test:8080', 'worker.test', true],
    ['worker.test:80', 'worker.test', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3:8080', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/33', '10.1.2.3', false],
    ['10.0.0.0/8/8,/,:,[],:80', '11.1.2.3', false],
    ['fd00::1', '[fd00::1]', true],
    ['[fd00::1]', '[fd00::1]', true],
    ['[fd00::1]:8080', '[fd00::1]', true],
    ['[fd00::1]:80', '[fd00::1]', false],
    ['fd00::/8', '[fd12::1]', true],
    ['', 'worker.test', false],
  ])('%j exempts %s: %s', (rules, host, isExempt) => {
    const found = hostOf(`http://${host}:8080`, { HTTP_PROXY: proxy, NO_PROXY: rules })
    expect(found === undefined).toBe(isExempt)
  })

  test('knows the ports that an address leaves out, and is read in lower case first', () => {
    const environment = {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      no_proxy: 'a:443,b:80',
      NO_PROXY: '*',
    }
    expect(hostOf('https://a', environment)).toBeUndefined()
    expect(hostOf('http://b', environment)).toBeUndefined()
    expect(hostOf('http://a', environment)).toBe(`${proxy}/`)
  })
})

test.each([
  ['http://us%40er:p%3Aw@proxy.internal:3128', 'us@er:p:w'],
  ['http://user@proxy.internal:3128', 'user:'],
  ['user:100%@proxy.internal:3128', 'user:100%'],
])('user and password of %s are for the proxy only', (address, user) => {
  const found = findProxy(new URL('http://worker.test'), { HTTP_PROXY: address })
  expect(found?.url.href).toBe(`${proxy}/`)
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  expect(found?.headers).toEqual({ 'proxy-authorization': authorization })
})

test.each(['socks5://user:secret@proxy:1080', 'http://user:se#cret@proxy:1', 'http://'])(
  '%s is refused with what to do, without its password',
  (address) => {
    const find = () => findProxy(new URL('https://worker.test'), { https_proxy: address })
    expect(find).toThrow(/^https_proxy must be an address such as .*option agent$/)
    expect(find).not.toThrow(/se#?cret/)
  },
)
