/** The systems under load: a Seaglass gateway at some tracing mode, or Apache Kafka (KRaft, one node). Fresh data directories, free ports. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGatewayProcess } from '../support/gateway-process';
import { freePorts } from '../support/weed';
import { run, start, usage } from './child';

export interface System {
  readonly name: string;
  readonly bootstrap: string;
  /** The processes whose CPU and memory count. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** CPU time of its processes so far, seconds. */
export const cpuSecondsOf = ({ pids }: System): number => pids.reduce((sum, pid) => sum + usage(pid).cpuSeconds, 0);

export const portOf = ({ bootstrap }: System): number => Number(bootstrap.split(':')[1]);

export interface Kafka extends System {
  /** Of its TLS listener, where it has one. */
  readonly sslPort?: number;
  /** Of its SASL_PLAINTEXT listener, where it has one. */
  readonly saslPort?: number;
}

export interface KafkaOptions {
  /** PEM files; with a truststore clients must show a certificate. */
  readonly ssl?: { readonly keystore: string; readonly truststore?: string };
  /** Passwords by user, of a listener where they sign in by PLAIN. */
  readonly users?: ReadonlyMap<string, string>;
  readonly properties?: readonly string[];
}

export interface GatewayOptions {
  readonly trace: 'off' | 'default' | 'all';
  /** Flags besides the listeners and the data directory. */
  readonly flags?: readonly string[];
  readonly name?: string;
  /** An OTLP receiver for its telemetry, metrics included (each minute); none without it. */
  readonly otlp?: string;
  /** Its data directory is in memory, where the system has such a file system: no disk is measured. */
  readonly inMemory?: boolean;
}

const MEMORY = '/dev/shm';

export async function startGateway(options: GatewayOptions): Promise<System> {
  const inMemory = options.inMemory === true && existsSync(MEMORY);
  const gateway = await startGatewayProcess({
    ...(inMemory ? { dataDirectory: mkdtempSync(join(MEMORY, 'seaglass-bench-')) } : {}),
    flags: options.flags ?? [],
    environment: {
      SEAGLASS_TRACE: options.trace,
      SEAGLASS_LOG_LEVEL: 'warn',
      ...(options.otlp === undefined
        ? {}
        : { OTEL_EXPORTER_OTLP_ENDPOINT: options.otlp, OTEL_METRICS_EXPORTER: 'otlp' }),
    },
  });
  return {
    name: options.name ?? `seaglass, tracing ${options.trace}`,
    bootstrap: gateway.bootstrap,
    pids: [gateway.child.pid],
    stop: async () => {
      await gateway.stop();
    },
  };
}

export async function startKafka(classPath: string, options: KafkaOptions = {}): Promise<Kafka> {
  const data = mkdtempSync(join(tmpdir(), 'kafka-bench-'));
  const [port = 0, controllerPort = 0, sslPort = 0, saslPort = 0] = await freePorts(4);
  const ssl = options.ssl === undefined ? '' : `,SSL://127.0.0.1:${sslPort}`;
  const sasl = options.users === undefined ? '' : `,SASL_PLAINTEXT://127.0.0.1:${saslPort}`;
  const properties = join(data, 'server.properties');
  writeFileSync(
    properties,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${ssl}${sasl}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${port}${ssl}${sasl}`,
      'controller.listener.names=CONTROLLER',
      'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
      `log.dirs=${join(data, 'logs')}`,
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=1',
      'group.initial.rebalance.delay.ms=0',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      ...sslProperties(options),
      ...saslProperties(options),
      ...(options.properties ?? []),
      '',
    ].join('\n'),
  );
  await run('java', [
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'c2VhZ2xhc3MtYmVuY2gtMA',
    '-c',
    properties,
  ]);
  const running = start('java', ['-Xms512m', '-Xmx1g', '-cp', classPath, 'kafka.Kafka', properties]);
  const system: Kafka = {
    name: 'Apache Kafka 4.3.1',
    bootstrap: `127.0.0.1:${port}`,
    pids: [running.pid],
    ...(options.ssl === undefined ? {} : { sslPort }),
    ...(options.users === undefined ? {} : { saslPort }),
    async stop() {
      await running.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
  await answers(classPath, system.bootstrap);
  return system;
}

function sslProperties({ ssl }: KafkaOptions): readonly string[] {
  if (ssl === undefined) return [];
  return [
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${ssl.keystore}`,
    ...(ssl.truststore === undefined
      ? []
      : ['ssl.truststore.type=PEM', `ssl.truststore.location=${ssl.truststore}`, 'ssl.client.auth=required']),
  ];
}

function saslProperties({ users }: KafkaOptions): readonly string[] {
  if (users === undefined) return [];
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  const passwords = [...users].map(([user, password]) => ` user_${user}="${password}"`).join('');
  return [
    'sasl.enabled.mechanisms=PLAIN',
    `listener.name.sasl_plaintext.plain.sasl.jaas.config=${module} required${passwords};`,
  ];
}

/** Ready means: the broker answers a metadata request of a real client. The tool itself waits (up to a minute) for the first answer. */
async function answers(classPath: string, bootstrap: string): Promise<void> {
  await run('java', [
    '-cp',
    classPath,
    'org.apache.kafka.tools.TopicCommand',
    '--bootstrap-server',
    bootstrap,
    '--list',
  ]);
}
