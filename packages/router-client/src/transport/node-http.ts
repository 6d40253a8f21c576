export type NodeHttp = Awaited<ReturnType<typeof loadNodeHttp>>

/**
 * Node's modules for HTTP, loaded with the first request: under Node 24 they take more than half of the time that
 * importing the client would take, and a decision needs neither.
 */
export async function loadNodeHttp() {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')])
  return { http, https }
}
