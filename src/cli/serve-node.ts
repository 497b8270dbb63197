/** `seaglass node`: the embedded node alone, in this process; gateways reach it by node.connect. */
import { resolve } from 'node:path';
import { formatAddress } from '../config/address';
import { systemClock } from '../clock';
import type { Config } from '../config';
import { startNode } from '../node/start';
import { Metrics } from '../telemetry/metrics';
import { createWinstonLogger } from '../telemetry/winston-logger';
import { listenForStop } from './stop-signal';

export async function serveNode(config: Config): Promise<number> {
  const { general, node, log } = config;
  const stop = listenForStop();
  const logger = createWinstonLogger({
    clock: systemClock,
    level: log.level,
    form: config.logForm,
    target: process.stderr,
    instruments: new Metrics({ clock: systemClock, runtimeMetrics: false }),
  });
  const running = await startNode(
    {
      dataDirectory: resolve(general.data),
      fsync: general.fsync,
      fsyncIntervalMs: general.fsyncIntervalMs,
      topicDefaults: Object.fromEntries(config.kafka.topicDefaults),
      ...(node.listen === undefined ? {} : { tcp: formatAddress(node.listen) }),
      ...(general.clusterId === undefined ? {} : { clusterId: general.clusterId }),
    },
    { logger },
  );
  process.stdout.write(`seaglass node is ready\n  address  ${running.address}\n  data     ${resolve(general.data)}\n`);
  await stop.received;
  await running.close();
  stop.dispose();
  return 0;
}
