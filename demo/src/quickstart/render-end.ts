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
    '    const { text, providerMetadata } = await generateText({',
    "      model: winrate('coding'),",
    '      prompt,',
    '    })',
    '    winrate.feedback(providerMetadata, testsPass(text))',
    '',
    '  This is what ran here: demo/src/quickstart/agent.ts. docs/integrations.md has',
    '  each option, README.md an agent without an SDK, docs/operations.md the worker.',
    '',
  ]
}
