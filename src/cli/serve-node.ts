/** `seaglass node`: the embedded node alone, in this process; gateways reach it by node.connect. */
import { systemClock } from '../clock';
import type { Config } from '../config';
import { nodeOptions, warnOfExposedNode } from '../gateway/node-options';
import { startNode } from '../node/start';
import { Metrics } from '../telemetry/metrics/metrics';
import { createWinstonLogger } from '../telemetry/log/winston-logger';
import { listenForStop } from './stop-signal';

export async function serveNode(config: Config): Promise<number> {
  const { log } = config;
  const stop = listenForStop();
  const logger = createWinstonLogger({
    clock: systemClock,
    level: log.level,
    form: config.logForm,
    target: process.stderr,
    instruments: new Metrics({ clock: systemClock, runtimeMetrics: false }),
  });
  const options = nodeOptions(config);
  const running = await startNode(options, { logger });
  warnOfExposedNode(config, logger);
  process.stdout.write(`seaglass node is ready\n  address  ${running.address}\n  data     ${options.dataDirectory}\n`);
  await stop.received;
  await running.close();
  stop.dispose();
  return 0;
}
