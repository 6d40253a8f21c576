// A proxy that serves a worker below a prefix which the worker does not know, as an ingress does.
import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export async function startPrefixProxy(target: string, prefix: string) {
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request
    if (!url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end('not below the prefix')
      return
    }
    const forwarded = ask(
      new URL(url.slice(prefix.length), target),
      { method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    forwarded.on('error', () => response.destroy())
    request.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
