import type { TextStyle } from '../report/text-style.ts'
import type { QuickstartResult } from './run-quickstart.ts'

/** What happened, and what to try next. */
export function renderEnd({ tasks, first, last }: QuickstartResult, style: TextStyle): string[] {
  const command = (text: string, meaning: string) =>
    `    ${style.cyan(text.padEnd(26))}${style.dim(meaning)}`
  return [
    '',
    `  At first ${first} of ${tasks} decisions went to good-model, in the end ${style.bold(`${last} of ${tasks}`)}.`,
    '',
    `  ${style.bold('Next')}`,
    command('npm start', 'a worker that keeps its data, on port 8787'),
    command('node examples/agent.mjs', 'an agent beside it, in another terminal'),
    command('npm run demo', 'published outcomes of real models, in a minute'),
    '',
    `  ${style.bold('In your own agent')}`,
    "    const { decisionId, api, model } = router.route(prompt, 'coding')",
    '    const answer = await callModel(api, model, prompt)',
    '    router.recordPreference({ decisionId, success: isGood(answer) })',
    '',
    '  README.md has the whole agent, packages/router-client/README.md every option,',
    '  docs/operations.md the worker.',
    '',
  ]
}
