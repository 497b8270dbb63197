/** The gateways that the cost of observing is measured on. The first is what the others are compared with. Metrics are always counted. */
import type { OtlpSink } from './otlp-sink';
import { type GatewayOptions, startGateway, type System } from './systems';

export interface Observed extends Omit<GatewayOptions, 'inMemory' | 'otlp'> {
  readonly name: string;
  readonly exports: boolean;
}

const NO_PROOF = ['--kafka-topic-defaults', 'seaglass.value.proof=off'];
const PROOF = ['--kafka-topic-defaults', 'seaglass.value.proof=always'];
export const NO_RECORDER = ['--recorder-connection-bytes-max', '0', '--clients-telemetry-interval-ms', '0'];

export const OBSERVED: readonly Observed[] = [
  { name: 'nothing', trace: 'off', flags: [...NO_RECORDER, ...NO_PROOF], exports: false },
  { name: 'metrics, exported', trace: 'off', flags: [...NO_RECORDER, ...NO_PROOF], exports: true },
  { name: 'default', trace: 'default', exports: true },
  { name: 'default, proof off', trace: 'default', flags: NO_PROOF, exports: true },
  { name: 'everything, proof always', trace: 'all', flags: PROOF, exports: true },
];

/** On a data directory in memory where there is such a file system. */
export const startObserved = ({ exports, ...options }: Observed, receiver: OtlpSink): Promise<System> =>
  startGateway({ ...options, ...(exports ? { otlp: receiver.url } : {}), inMemory: true });
