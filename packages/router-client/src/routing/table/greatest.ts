/** Keeps the numbers of the greatest weight, the earlier ones where weights are equal. */
export class Greatest {
  readonly #most: number
  readonly #items: number[] = []
  readonly #weights: number[] = []
  #least = 0

  constructor(most: number) {
    this.#most = most
  }

  add(item: number, weight: number): void {
    if (this.#items.length === this.#most) {
      if (!(weight > (this.#weights[this.#least] ?? 0))) return
      this.#items.splice(this.#least, 1)
      this.#weights.splice(this.#least, 1)
    }
    this.#items.push(item)
    this.#weights.push(weight)
    if (this.#items.length === this.#most) this.#least = this.#findLeast()
  }

  /** In the order in which they were added. */
  get items(): readonly number[] {
    return this.#items
  }

  /** Of equal ones the latest. */
  #findLeast(): number {
    let least = 0
    for (let at = 1; at < this.#weights.length; at += 1) {
      if ((this.#weights[at] ?? 0) <= (this.#weights[least] ?? 0)) least = at
    }
    return least
  }
}
