FROM node:24-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --ignore-scripts && npx tsc -b
# Optional are the embedded Postgres, because here the database is a service of its own, and the compiler.
RUN npm prune --omit=dev --omit=optional --ignore-scripts && rm -rf packages/*/dist/test packages/*/dist/bench

FROM node:24-slim
ENV NODE_ENV=production TANDEM_DATA=/data TANDEM_HOST=0.0.0.0 TANDEM_LMTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/db ./db
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# IMAP, IMAPS, JMAP, submission, submissions, LMTP
EXPOSE 1143 1993 8080 1587 1465 1024
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/tandem", "serve"]
