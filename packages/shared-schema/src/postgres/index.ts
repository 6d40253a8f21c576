// URLs of servers: what they mean, and which server a connection goes to.

export { type ChosenServer, chooseServer } from './choose-server.ts'
export { readPostgresUrl, type TlsEnvironment } from './postgres-url.ts'
export { serverUrlProblem, splitServers, withServersOf } from './server-url.ts'
