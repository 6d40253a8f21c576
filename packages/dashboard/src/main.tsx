import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isWorthRetrying } from './api/queries.ts'
import { App } from './app.tsx'
import { applyTheme } from './shell/theme.ts'
import './styles.css'

applyTheme()
const client = new QueryClient({ defaultOptions: { queries: { retry: isWorthRetrying } } })
const root = document.getElementById('root')
if (root === null) throw new Error('the page has no root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
)
