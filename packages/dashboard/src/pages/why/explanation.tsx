import {
  type ExplainedCandidate,
  type ExplainRequest,
  type ExplanationBody,
  likeliestFirst,
} from '@winrate/shared-schema/http'
import { curlOf } from '../../api/curl.ts'
import { useToken } from '../../api/session.ts'
import { Waterfall } from '../../charts/waterfall.tsx'
import { modelKey, modelText } from '../../format/names.ts'
import { counted, formatCount, formatMs, formatShare, formatUsd } from '../../format/numbers.ts'
import { useQueryValue } from '../../navigation/location.ts'
import { FigureFrame } from '../../parts/figure-frame.tsx'
import { ModelName } from '../../parts/model-name.tsx'
import { PlanFigure } from '../../parts/plan-figure.tsx'
import { Referred } from './referred.tsx'
import { stepsOf } from './score-steps.ts'

export function Explanation({
  body,
  request,
}: {
  readonly body: ExplanationBody
  readonly request: ExplainRequest
}) {
  const token = useToken()
  const command = curlOf('v1/explain', token, request)
  const [picked, setPicked] = useQueryValue('candidate')
  const allowed = likeliestFirst(body.candidates)
  const refused = body.candidates.filter((candidate) => candidate.refused !== null)
  const shown =
    body.candidates.find((one) => modelKey(one) === picked) ??
    allowed.find(({ chosen }) => chosen) ??
    allowed[0]
  return (
    <div className="grid gap-4">
      <section aria-label="Decision" className="card px-4 py-3">
        <p className="max-w-3xl text-base leading-6 wrap-anywhere">
          <bdi>{body.summary}</bdi>
        </p>
        {body.decision.problems.map((problem) => (
          <p key={problem} className="mt-1 text-warn">
            <bdi>{problem}</bdi>
          </p>
        ))}
        {body.note !== null && <p className="mt-1 text-muted">{body.note}</p>}
      </section>
      {body.decision.plan !== null && (
        <PlanFigure
          plan={body.decision.plan}
          note="Each model is called where the answers before it fail. The chances below are those of a single call."
        />
      )}
      {body.reference !== null && <Referred reference={body.reference} />}
      <div className="grid items-start gap-4 2xl:grid-cols-2">
        <Chances candidates={allowed} shown={shown} onPick={setPicked} command={command} />
        {shown !== undefined && <Score candidate={shown} command={command} />}
      </div>
      {refused.length > 0 && <Refused candidates={refused} />}
    </div>
  )
}

function Chances({
  candidates,
  shown,
  onPick,
  command,
}: {
  readonly candidates: readonly ExplainedCandidate[]
  readonly shown: ExplainedCandidate | undefined
  readonly onPick: (key: string) => void
  readonly command: string
}) {
  return (
    <FigureFrame
      title="Chances to be chosen"
      note="Cost, speed and exploration count in them; the chance to be best rests on success alone. The mark is the one drawn this time; choose a row to see its score."
      numbers={{
        columns: [
          'model',
          'chance to be chosen',
          'chance to be best',
          'score',
          'win rate',
          'outcomes',
          'cost in USD',
          'time in ms',
          'drawn',
        ],
        rows: candidates.map((one) => [
          ...[modelText(one), one.chance, one.chanceToBeBest, one.score, one.winRate, one.samples],
          ...[one.costUsd, one.responseTimeMs, one.chosen ? 'yes' : 'no'],
        ]),
      }}
      command={command}
    >
      <ul className="pb-2">
        {candidates.map((candidate) => {
          const key = modelKey(candidate)
          return (
            <li key={key}>
              <button
                type="button"
                aria-pressed={shown !== undefined && key === modelKey(shown)}
                onClick={() => onPick(key)}
                className="block w-full px-4 py-1.5 text-left hover:bg-sunken aria-pressed:bg-accent-soft"
              >
                <span className="flex items-baseline justify-between gap-3">
                  <span className="min-w-0">
                    <ModelName model={candidate} />
                    {candidate.chosen && (
                      <span className="ml-2 text-xs font-medium text-accent">◆ drawn</span>
                    )}
                  </span>
                  <span className="font-medium">
                    {formatShare(
                      candidate.chance,
                      candidate.chance > 0 && candidate.chance < 0.1 ? 1 : 0,
                    )}
                  </span>
                </span>
                <span className="mt-1 block h-1.5 rounded-full bg-sunken" aria-hidden="true">
                  <span
                    className="block h-full rounded-full bg-accent"
                    style={{ width: `${candidate.chance * 100}%` }}
                  />
                </span>
                <span className="mt-0.5 block text-xs text-faint">
                  {factsOf(candidate).join(' · ')}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </FigureFrame>
  )
}

/** What is known of it. */
function factsOf({
  chanceToBeBest,
  score,
  samples,
  costUsd,
  responseTimeMs,
}: ExplainedCandidate): string[] {
  return [
    ...(chanceToBeBest === null ? [] : [`to be best ${formatShare(chanceToBeBest)}`]),
    `score ${score.toFixed(3)}`,
    counted(samples, 'outcome'),
    ...(costUsd === null ? [] : [formatUsd(costUsd)]),
    ...(responseTimeMs === null ? [] : [formatMs(responseTimeMs)]),
  ]
}

function Score({
  candidate,
  command,
}: {
  readonly candidate: ExplainedCandidate
  readonly command: string
}) {
  const steps = stepsOf(candidate)
  return (
    <FigureFrame
      title="Where the score comes from"
      note={<ModelName model={candidate} />}
      numbers={{
        columns: ['part', 'value', 'meaning'],
        rows: [
          ...steps.map(({ name, value, title }) => [name, value, title]),
          ['Score', candidate.score, ''],
        ],
      }}
      command={command}
    >
      {steps.length === 0 ? (
        <p className="px-4 pb-4 text-muted">
          Win rate {formatShare(candidate.winRate)} ({candidate.source}); score{' '}
          {candidate.score.toFixed(3)}. This policy adds nothing up.
        </p>
      ) : (
        <Waterfall
          steps={steps}
          total={{
            name: 'Score',
            title: 'What candidates are compared by',
            value: candidate.score,
          }}
        />
      )}
    </FigureFrame>
  )
}

function Refused({ candidates }: { readonly candidates: readonly ExplainedCandidate[] }) {
  return (
    <FigureFrame
      title={`Refused: ${formatCount(candidates.length)}`}
      note="Candidates that a constraint keeps out."
      numbers={{
        columns: ['model', 'why'],
        rows: candidates.map((one) => [modelText(one), one.refused]),
      }}
      isTable
    >
      <table className="table">
        <tbody>
          {candidates.map((candidate) => (
            <tr key={modelKey(candidate)}>
              <td>
                <ModelName model={candidate} />
              </td>
              <td className="text-muted">
                <bdi>{candidate.refused}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </FigureFrame>
  )
}
