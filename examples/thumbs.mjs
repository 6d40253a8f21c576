// A chat endpoint with thumbs: the page sends what people think of an answer straight to the worker. It serves the page, and then
// plays a visitor itself. `WINRATE_REFERENCE_SECRET=… WINRATE_FEEDBACK_ORIGINS=… npm start` runs the worker; put your own
// SDK in the place of `complete`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'

const { WINRATE_URL: url = 'http://127.0.0.1:8787', WINRATE_REFERENCE_SECRET: referenceSecret } =
  process.env
const router = createRouter({
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  referenceSecret,
  models: ['claude-haiku', 'codex'],
  instanceId: 'chat-1',
})
await router.ready({ timeoutMs: 1_000 })

/** @param {import('@winrate/router-client').Attempt} attempt */
const complete = async ({ model }) => `Utrecht is a city, says ${model}.`

const page = `<!doctype html><form>
  <input name="prompt"><button>Ask</button> <output></output>
  <button type="button" value="true">👍</button> <button type="button" value="false">👎</button>
</form>
<script type="module">
  const form = document.querySelector('form'); let reference
  form.onsubmit = async (event) => {
    event.preventDefault()
    const response = await fetch('/chat', { method: 'POST', body: form.prompt.value })
    const answer = await response.json()
    form.querySelector('output').value = answer.text; reference = answer.reference
  }
  for (const thumb of form.querySelectorAll('[type=button]')) thumb.onclick = () =>
    fetch('${url}/v1/feedback', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reference, success: thumb.value === 'true' }),
    })
</script>`

const server = createServer(async (request, response) => {
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html').end(page)
    return
  }
  let prompt = ''
  for await (const part of request) prompt += part
  const { result, answered } = await router.call('chat', prompt, complete)
  response.end(JSON.stringify({ text: result, reference: answered.reference }))
})
const port = Number(process.env['PORT'] ?? 0)
await once(server.listen(port, '127.0.0.1'), 'listening')

// A visitor, who does what the page does.
const address = /** @type {import('node:net').AddressInfo} */ (server.address())
const origin = `http://127.0.0.1:${address.port}`
const asked = await fetch(`${origin}/chat`, { method: 'POST', body: 'Where is Utrecht?' })
const answer = await asked.json()
const { text, reference } = /** @type {{ text: string, reference: string }} */ (answer)
console.log(text)
const told = await fetch(`${url}/v1/feedback`, {
  method: 'POST',
  headers: { origin, 'content-type': 'application/json' },
  body: JSON.stringify({ reference, success: true }),
}).catch(() => undefined)
console.log(told?.status === 202 ? 'the thumb is sent' : 'no worker took the thumb')

await router.close({ timeoutMs: 2_000 })
server.close()
