// The arrows of the architecture: who may import whom. main and cli → server → kafka → engine → rpc; the node is apart.

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-is-sans-io',
      comment: 'Bytes in, values out: no sockets, no clock, no other layer.',
      severity: 'error',
      from: { path: '^src/protocol' },
      to: { path: '^src/', pathNot: '^src/(protocol|types|assert|limits)' },
    },
    {
      name: 'protocol-opens-nothing',
      severity: 'error',
      // The generator of the codecs and the import of their facts run at development time, on files.
      from: { path: '^src/protocol', pathNot: '^src/protocol/(generate|generator|import-schema)' },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(net|tls|http|https|http2|fs|fs/promises|child_process|worker_threads|dgram|timers|dns)$',
      },
    },
    {
      name: 'ground-imports-nothing-above',
      comment: 'types, limits, clock, random and assert are below everything.',
      severity: 'error',
      from: { path: '^src/(types|limits|clock|random|assert)[.]ts$' },
      to: { path: '^src/', pathNot: '^src/(types|limits|clock|random|assert)[.]ts$' },
    },
    {
      name: 'telemetry-imports-nothing-above',
      severity: 'error',
      from: { path: '^src/telemetry' },
      to: { path: '^src/', pathNot: '^src/(telemetry|types|limits|clock|random|assert)' },
    },
    {
      name: 'topic-settings-import-nothing',
      comment: 'What config, kafka, engine and node all read by.',
      severity: 'error',
      from: { path: '^src/topic-settings' },
      to: { path: '^src/', pathNot: '^src/topic-settings' },
    },
    {
      name: 'rpc-imports-nothing-above',
      severity: 'error',
      from: { path: '^src/rpc' },
      to: { path: '^src/', pathNot: '^src/rpc' },
    },
    {
      name: 'engine-knows-no-kafka',
      severity: 'error',
      from: { path: '^src/engine' },
      to: { path: '^src/(kafka|server|console|cli|main|config|gateway|node)' },
    },
    {
      name: 'dialects-are-apart',
      comment: 'What both need is written once, above them.',
      severity: 'error',
      from: { path: '^src/engine/(record-log|seaweedmq)/' },
      to: { path: '^src/engine/(record-log|seaweedmq)/', pathNot: '^src/engine/$1/' },
    },
    {
      name: 'kafka-knows-no-server',
      severity: 'error',
      from: { path: '^src/kafka' },
      to: { path: '^src/(server|console|cli|main|config|gateway|node)' },
    },
    {
      name: 'kafka-knows-no-dialect',
      comment: 'Handlers see the engine, never which one.',
      severity: 'error',
      from: { path: '^src/kafka' },
      to: { path: '^src/(rpc|engine/(record-log|seaweedmq))' },
    },
    {
      name: 'server-serves-kafka-only',
      severity: 'error',
      from: { path: '^src/server' },
      to: { path: '^src/(console|cli|main|config|gateway|node|rpc|engine/(record-log|seaweedmq))' },
    },
    {
      name: 'console-shows-only',
      severity: 'error',
      from: { path: '^src/console' },
      to: { path: '^src/(cli|main|config|gateway|node|rpc)' },
    },
    {
      name: 'node-apart',
      comment: 'The embedded node and the gateway meet on gRPC.',
      severity: 'error',
      from: { path: '^src/node' },
      to: { path: '^src/(engine|kafka|server|console|cli|main|config|gateway)' },
    },
    {
      name: 'nobody-reaches-into-the-node',
      comment: 'Only the composition root and the command that runs it alone start one.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(node|gateway|cli)' },
      to: { path: '^src/node' },
    },
    {
      name: 'only-composers-compose',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(main|cli|gateway|config)' },
      to: { path: '^src/(main|cli|gateway|config)' },
    },
    {
      name: 'only-the-sdk-module-imports-the-sdk',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/telemetry/sdk' },
      to: { path: 'node_modules/@opentelemetry/(sdk|exporter|resources|core)' },
    },
    {
      name: 'grpc-at-the-edges-only',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(rpc|node|engine|telemetry/sdk)' },
      to: { path: 'node_modules/@grpc/grpc-js' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
