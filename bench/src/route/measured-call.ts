// One contender in a process of its own, as an application has one router: what V8 has learned from the
// others' calls does not count. Prints its figures as JSON.
import { argv, stdout } from 'node:process'
import { lastEvaluated, medianCallNs, singleCallP999Ns, warmUp } from './call-times.ts'
import { routeContenders } from './contenders.ts'
import { peerContenders } from './peer-contenders.ts'

const [, , name, batches = '0'] = argv
const all = [...(await routeContenders()), ...(await peerContenders())]
const contender = all.find((one) => one.name === name)
if (contender === undefined) throw new Error(`there is no contender ${name}`)
await warmUp(contender)
const callNs = await medianCallNs(contender, Number(batches))
const p999Ns = await singleCallP999Ns(contender, Number(batches) * 32)
if (lastEvaluated() === undefined) throw new Error('nothing was evaluated')
stdout.write(JSON.stringify({ callNs, p999Ns }), () => process.exit())
