/** A quarter of an hour at two requests a minute: fewer would be chance. */
const LATEST = 30

/**
 * When a new model is adopted: it got more than half of the latest 30 requests. What counts is how many
 * requests it had got by then, those 30 included.
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
