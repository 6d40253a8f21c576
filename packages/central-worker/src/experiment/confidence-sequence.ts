// How far an estimate may lie from the truth at any time, however often somebody looks. A 95 % interval of one look misses
// more and more often when it is looked at again and again; a confidence sequence misses in 5 % of all experiments, ever.
import { studentOf } from '../analysis/contrast/contrast.ts'

const MISS = 0.05
/** Sequences are the narrowest around so many observations. */
const NARROWEST_AT = 1_000
/** The parameter of the mixture that is best there: Waudby-Smith et al. 2021, appendix B.2. */
const RHO_SQUARED = (-2 * Math.log(MISS) + Math.log(1 - 2 * Math.log(MISS))) / NARROWEST_AT

/**
 * The half width of a 95 % confidence sequence, in standard errors: the asymptotic one of Robbins' normal mixture
 * (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021, "Time-uniform central limit theory and asymptotic confidence sequences",
 * theorem 2.2), with Student's quantile in the place of the normal one, as standard errors are estimated from few clusters.
 *
 * @param observations Above 0; what the estimate rests on.
 * @param freedom Degrees of freedom behind the standard error.
 */
export function sequenceWidth(observations: number, freedom: number): number {
  const clock = observations * RHO_SQUARED
  const normal = Math.sqrt(2 * (1 + 1 / clock) * Math.log(Math.sqrt(clock + 1) / MISS))
  return studentOf(normal, freedom)
}
