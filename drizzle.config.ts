import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/shared-schema/src/tables/*.ts',
  out: './drizzle',
  schemaFilter: ['winrate'],
})
