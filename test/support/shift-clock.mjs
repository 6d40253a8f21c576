// Loaded with `--import`: from the first SIGUSR2 to the next one, this process's clock is wrong by
// TEST_CLOCK_SHIFT_MS. With TEST_CLOCK_STARTS=wrong it is wrong from the start. Timers go on as before.
const RealDate = Date
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS)
const timeOrigin = performance.timeOrigin
let isWrong = process.env.TEST_CLOCK_STARTS === 'wrong'

const shift = () => (isWrong ? shiftMs : 0)

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift())
    else super(...args)
  }
  static now() {
    return RealDate.now() + shift()
  }
}
Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin + shift() })

process.on('SIGUSR2', () => {
  isWrong = !isWrong
})
