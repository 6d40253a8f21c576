// For peers that hand out one job at a time: stores together the outcomes of jobs that are in progress together.
const MOST = 1_000

export function createCoalescing(store) {
  let waiting = []
  async function storeWaiting() {
    const taken = waiting
    waiting = []
    try {
      await store(taken.map(({ outcome }) => outcome))
      for (const { resolve } of taken) resolve()
    } catch (error) {
      for (const { reject } of taken) reject(error)
    }
  }
  return (outcome) =>
    new Promise((resolve, reject) => {
      waiting.push({ outcome, resolve, reject })
      if (waiting.length === 1) setImmediate(storeWaiting)
      else if (waiting.length === MOST) void storeWaiting()
    })
}
