import { useQueryValue } from '../navigation/location.ts'
import { Choice } from './page-head.tsx'

const spans = [
  { value: '1', text: '1 h' },
  { value: '6', text: '6 h' },
  { value: '24', text: '24 h' },
  { value: '72', text: '3 days' },
  { value: '168', text: '7 days' },
]
const USUAL = '6'

/** How far back the charts of a page go, as its address says. */
export function useHours(): number {
  const [hours] = useQueryValue('hours', USUAL)
  return Number(hours) || Number(USUAL)
}

export function TimeChoice() {
  const [hours, setHours] = useQueryValue('hours', USUAL)
  return <Choice label="Time shown" options={spans} value={hours} onChange={setHours} />
}
