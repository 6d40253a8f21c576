import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useWhoami } from './api/queries.ts'
import { ApiError } from './api/request.ts'
import { useToken } from './api/session.ts'
import { type Place, usePlace } from './navigation/location.ts'
import { navigation } from './navigation/pages.ts'
import { InstancesPage } from './pages/instances/instances-page.tsx'
import { ModelPage } from './pages/model-page.tsx'
import { OverviewPage } from './pages/overview/overview-page.tsx'
import { PatternsPage } from './pages/patterns-page.tsx'
import { PipelinePage } from './pages/pipeline/pipeline-page.tsx'
import { SavingsPage } from './pages/savings/savings-page.tsx'
import { SettingsPage } from './pages/settings-page.tsx'
import { SnapshotsPage } from './pages/snapshots/snapshots-page.tsx'
import { TaskTypePage } from './pages/task-type/task-type-page.tsx'
import { TaskTypesPage } from './pages/task-types-page.tsx'
import { WhyPage } from './pages/why/why-page.tsx'
import { Empty } from './parts/states.tsx'
import { Shell } from './shell/shell.tsx'
import { TokenEntry } from './shell/token-entry.tsx'

export function App() {
  const token = useToken()
  const client = useQueryClient()
  const whoami = useWhoami()
  const place = usePlace()
  const isRefused = whoami.error instanceof ApiError && whoami.error.status === 401
  const mayRead = whoami.data === undefined || whoami.data.scopes.includes('read')
  useEffect(() => {
    const page = navigation.find(({ path }) => path === (place.segments[0] ?? ''))
    document.title = [place.segments[1], page?.title, 'Winrate'].filter(Boolean).join(' · ')
    scrollTo(0, 0)
  }, [place.segments])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what another token was told must go
  useEffect(() => client.removeQueries({ type: 'inactive' }), [token, client])
  if (isRefused || !mayRead) {
    const problem =
      token === undefined
        ? ''
        : isRefused
          ? 'The worker does not know this token.'
          : 'This token is not for read.'
    return <TokenEntry problem={problem} />
  }
  return (
    <Shell place={place}>
      <Page place={place} />
    </Shell>
  )
}

function Page({ place: { segments } }: { readonly place: Place }) {
  const [page = '', name, second] = segments
  if (page === '') return <OverviewPage />
  if (page === 'task-types') {
    return name === undefined ? <TaskTypesPage /> : <TaskTypePage key={name} taskType={name} />
  }
  if (page === 'models' && name !== undefined && second !== undefined) {
    return <ModelPage key={`${name} ${second}`} provider={name} modelName={second} />
  }
  if (page === 'why') return <WhyPage />
  if (page === 'instances') return <InstancesPage />
  if (page === 'snapshots') return <SnapshotsPage />
  if (page === 'pipeline') return <PipelinePage />
  if (page === 'savings') return <SavingsPage />
  if (page === 'patterns') return <PatternsPage />
  if (page === 'settings') return <SettingsPage />
  return <Empty title="There is no such page">The navigation lists all there are.</Empty>
}
