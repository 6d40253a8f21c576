// What Linux tells of a process in /proc.
import { readdir, readFile } from 'node:fs/promises'

/** The kernel counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100
/** Where the fields of /proc/PID/stat begin behind the name, which may hold spaces. */
const PPID = 1
const UTIME = 11
const CUTIME = 13

export async function readRssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

export async function countDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

/** Connections that are established with this port of the machine. */
export async function countConnections(port: number): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const rows = tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
  return rows.filter(([, address, , state]) => address?.endsWith(local) && state === '01').length
}

/** Processor time of a process so far, in seconds; without that of its children. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const fields = await readStat(pid)
  return sum(fields.slice(UTIME, CUTIME)) / TICKS_PER_SECOND
}

/** The same with all its children, those that have ended included. */
export async function readFamilyCpuSeconds(pid: number): Promise<number> {
  const own = await readStat(pid)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map((one) => readStat(one).catch(() => [])))
  const children = all.filter((fields) => fields[PPID] === String(pid))
  const ticks = [own.slice(UTIME, CUTIME + 2), ...children.map((one) => one.slice(UTIME, CUTIME))]
  return sum(ticks.flat()) / TICKS_PER_SECOND
}

export async function parentOf(pid: number): Promise<number> {
  return Number((await readStat(pid))[PPID])
}

async function readStat(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function sum(values: readonly string[]): number {
  return values.reduce((total, value) => total + Number(value), 0)
}
