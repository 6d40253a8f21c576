import { type ReactNode, useId } from 'react'
import { useQueryValue } from '../../navigation/location.ts'

export function RequestForm({
  task,
  tasks,
}: {
  readonly task: string
  readonly tasks: readonly string[]
}) {
  const [reference, setReference] = useQueryValue('reference')
  const [, setTask] = useQueryValue('task')
  const [price, setPrice] = useQueryValue('price')
  const [level, setLevel] = useQueryValue('level')
  const [exclude, setExclude] = useQueryValue('exclude')
  const all = tasks.includes(task) || task === '' ? tasks : [task, ...tasks]
  return (
    <form className="card grid gap-3 p-4" onSubmit={(event) => event.preventDefault()}>
      <Field label="Task type">
        {(id) => (
          <select
            id={id}
            className="field w-full"
            value={task}
            onChange={(event) => setTask(event.target.value)}
            disabled={reference !== ''}
          >
            {all.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Or a decision’s reference">
        {(id) => (
          <textarea
            id={id}
            rows={2}
            spellCheck={false}
            className="field w-full font-mono text-xs"
            placeholder="decision.reference"
            value={reference}
            onChange={(event) => setReference(event.target.value)}
          />
        )}
      </Field>
      <h2 className="mt-1 border-t border-line pt-3 font-semibold">What if…</h2>
      <Weight name="cost" label="Cost counts" />
      <Weight name="speed" label="Speed counts" />
      <Field label="At most, USD per million tokens">
        {(id) => (
          <input
            id={id}
            type="number"
            min="0"
            step="any"
            className="field w-full"
            placeholder="no limit"
            value={price}
            onChange={(event) => setPrice(event.target.value)}
          />
        )}
      </Field>
      <Field label="Thinking level">
        {(id) => (
          <input
            id={id}
            className="field w-full"
            placeholder="any"
            value={level}
            onChange={(event) => setLevel(event.target.value)}
          />
        )}
      </Field>
      <Field label="Without these models or providers">
        {(id) => (
          <input
            id={id}
            className="field w-full"
            placeholder="openai, gpt-4o"
            value={exclude}
            onChange={(event) => setExclude(event.target.value)}
          />
        )}
      </Field>
      <Check name="risk" value="high" label="High stakes: never draw" />
      <Check name="tools" value="yes" label="Calls tools" />
      <Check name="verified" value="yes" label="Answers are checked" />
    </form>
  )
}

function Field({
  label,
  children,
}: {
  readonly label: string
  readonly children: (id: string) => ReactNode
}) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      {children(id)}
    </div>
  )
}

function Weight({ name, label }: { readonly name: string; readonly label: string }) {
  const id = useId()
  const [value, setValue] = useQueryValue(name)
  return (
    <div>
      <div className="flex justify-between text-xs text-muted">
        <label htmlFor={id}>{label}</label>
        {value === '' ? (
          <span>as the policy says</span>
        ) : (
          <button type="button" className="text-accent" onClick={() => setValue('')}>
            {value} % · reset
          </button>
        )}
      </div>
      <input
        id={id}
        type="range"
        min="0"
        max="90"
        step="5"
        className="w-full accent-accent"
        value={value === '' ? '0' : value}
        onChange={(event) => setValue(event.target.value)}
      />
    </div>
  )
}

function Check({
  name,
  value,
  label,
}: {
  readonly name: string
  readonly value: string
  readonly label: string
}) {
  const [now, setNow] = useQueryValue(name)
  return (
    <label className="flex items-center gap-2">
      <input
        type="checkbox"
        className="accent-accent"
        checked={now === value}
        onChange={(event) => setNow(event.target.checked ? value : '')}
      />
      {label}
    </label>
  )
}
