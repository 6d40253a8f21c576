import { isTaskType } from '@winrate/shared-schema/contracts'
import { type DecisionReason, UNKNOWN_TASK_TYPE } from '../memory/decision.ts'
import type { RankingQuestion } from './ranking-question.ts'
import { parseRouteOptions, type RouteOptions, type RouteRequest } from './route-options.ts'

/** What is asked beside the messages, after the boundary. Immutable; equal questions share one. */
export interface AskedQuestion {
  readonly question: RankingQuestion
  /** Without the session key, which differs between questions that are equal otherwise. */
  readonly options: Omit<RouteOptions, 'sessionKey'>
  readonly complaint: DecisionReason | undefined
  readonly problems: readonly string[]
}

export function parseQuestion(taskType: unknown, rawOptions: unknown): AskedQuestion {
  const { options, problems } = readOptions(rawOptions)
  const known = isTaskType(taskType)
  const { prefer: preference, candidates, thinkingLevel } = options
  return {
    question: {
      taskType: known ? taskType : UNKNOWN_TASK_TYPE,
      preference,
      candidates,
      thinkingLevel,
    },
    options,
    complaint: !known ? 'invalid-task-type' : problems.length > 0 ? 'invalid-options' : undefined,
    problems: Object.freeze([
      ...(known ? [] : ['taskType must match [a-z][a-z0-9_-]{0,62}']),
      ...problems,
    ]),
  }
}

/** The same question of messages that could not be read. */
export function withUnreadableMessages(asked: AskedQuestion): AskedQuestion {
  const [first, ...others] = asked.problems
  const problem = 'messages must be a string, a message or a list of messages'
  const ofTaskType = asked.complaint === 'invalid-task-type' && first !== undefined
  return {
    ...asked,
    complaint: ofTaskType ? asked.complaint : 'invalid-messages',
    problems: Object.freeze(
      ofTaskType ? [first, problem, ...others] : [problem, ...asked.problems],
    ),
  }
}

function readOptions(value: unknown): RouteRequest {
  try {
    return parseRouteOptions(value)
  } catch {
    return { options: {}, problems: ['options could not be read'] }
  }
}
