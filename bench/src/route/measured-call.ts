// Measures one contender in a separate process, as an application has one router: V8 learns nothing from the
// calls of others. Prints the figures as JSON.
import { argv, stdout } from 'node:process'
import { lastEvaluated, medianCallNs, singleCallP999Ns, warmUp } from './call-times.ts'
import { routeContenders } from './contenders.ts'
import { peerContenders } from './peer-contenders.ts'

const [, , name, batches = '0'] = argv
const all = [...(await routeContenders()), ...(await peerContenders())]
const contender = all.find((one) => one.name === name)
if (contender === undefined) throw new Error(`no contender ${name}`)
await warmUp(contender)
const callNs = await medianCallNs(contender, Number(batches))
const p999Ns = await singleCallP999Ns(contender, Number(batches) * 32)
if (lastEvaluated() === undefined) throw new Error('nothing was evaluated')
stdout.write(JSON.stringify({ callNs, p999Ns }), () => process.exit())
