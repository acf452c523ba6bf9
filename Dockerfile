# The server of Changeover: docs/server.md tells how to run it.
# Another base, for instance from a registry of your own: --build-arg BASE=…
ARG BASE=docker.io/library/node:24.11.1-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
# Nothing of a dependency is run: no package needs a script of its own to be built or to work.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.js

FROM ${BASE}
WORKDIR /app
# The bundles hold all that they need. All of it is root's: the server cannot change itself.
COPY --from=build /build/package.json ./
COPY --from=build /build/dist ./dist
COPY --from=build /build/procedures ./procedures
RUN mkdir -p /var/lib/changeover && chown 1000:1000 /var/lib/changeover && chmod 700 /var/lib/changeover
# A number, so that Kubernetes' runAsNonRoot can be sure of it.
USER 1000:1000
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 CHANGEOVER_JOURNAL=/var/lib/changeover
VOLUME /var/lib/changeover
EXPOSE 3000
# Long enough to say the last words.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server.js"]
