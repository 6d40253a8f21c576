// The public surface of @winrate/router-client/opentelemetry.
export { type ActiveSpan, type TraceApi, traceRouter } from './trace-router.ts'
