/** A quarter of an hour at two requests per minute: fewer requests would leave it to chance. */
const LATEST = 30

/**
 * A new model is adopted when it got more than half of the latest 30 requests. The figure is the number of
 * requests that it got until then, including those 30.
 */
export function createAdoption() {
  const latest: boolean[] = []
  let among = 0
  let given = 0
  let exposures: number | null = null
  return {
    add(toNewcomer: boolean): void {
      if (exposures !== null) return
      if (toNewcomer) given += 1
      latest.push(toNewcomer)
      among += toNewcomer ? 1 : 0
      if (latest.length > LATEST && latest.shift() === true) among -= 1
      if (among > LATEST / 2) exposures = given
    },
    exposures: (): number | null => exposures,
  }
}
