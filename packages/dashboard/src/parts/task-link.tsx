import { hashOf } from '../navigation/location.ts'

export function TaskLink({ taskType }: { readonly taskType: string }) {
  return (
    <a
      href={hashOf(['task-types', taskType])}
      title={taskType}
      className="inline-block max-w-64 truncate align-bottom font-medium hover:text-accent hover:underline"
    >
      <bdi>{taskType}</bdi>
    </a>
  )
}
