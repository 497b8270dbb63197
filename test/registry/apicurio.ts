/**
 * A real Apicurio Registry over a gateway, with its kafkasql storage: every write is a record in a topic, and what it knows
 * after a start is what it read there. Found by SEAGLASS_TEST_APICURIO, as .ci/programs unpacks it.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Need } from '../clients/engines';
import { type Child, startChild } from '../support/child';
import { findProgram } from '../support/outside-program';

const directory = process.env['SEAGLASS_TEST_APICURIO'] ?? join(__dirname, '..', '.cache', 'apicurio');
const java = findProgram('java', 'SEAGLASS_TEST_JAVA');
const runner = existsSync(directory) ? readdirSync(directory).find((name) => name.endsWith('-runner.jar')) : undefined;

export const apicurioNeeds: readonly Need[] = [
  { what: 'java (SEAGLASS_TEST_JAVA or PATH)', found: java !== undefined },
  { what: 'Apicurio Registry (SEAGLASS_TEST_APICURIO, a directory with its -runner.jar)', found: runner !== undefined },
];

export interface Apicurio {
  /** Its Confluent-compatible interface; the same after a restart. */
  readonly url: string;
  /** What it prints, for failure messages. */
  output(): string;
  /** Ends it and starts another on the same port, which reads the topic from its beginning; resolves when it has. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 120_000;
const RETRY_MS = 200;

export async function startApicurio(bootstrap: string): Promise<Apicurio> {
  const workDirectory = mkdtempSync(join(tmpdir(), 'seaglass-apicurio-'));
  const origin = { url: '' };
  let child = launch({ bootstrap, workDirectory, port: 0 });
  const apicurio: Apicurio = {
    get url() {
      return `${origin.url}/apis/ccompat/v7`;
    },
    output: () => child.output(),
    async restart() {
      await child.stop();
      child = launch({ bootstrap, workDirectory, port: Number(new URL(origin.url).port) });
      await ready(child);
    },
    async stop() {
      await child.stop();
      rmSync(workDirectory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    origin.url = await ready(child);
    return apicurio;
  } catch (error) {
    await apicurio.stop();
    throw error;
  }
}

function launch(options: {
  readonly bootstrap: string;
  readonly workDirectory: string;
  /** 0: a free one. */
  readonly port: number;
}): Child {
  const settings = {
    'apicurio.storage.kind': 'kafkasql',
    'apicurio.kafkasql.bootstrap.servers': options.bootstrap,
    // How long a start looks for snapshots, which there are none of.
    'apicurio.kafkasql.consumer.poll.timeout': '1000',
    'apicurio.import.work-dir': options.workDirectory,
    'apicurio.storage.snapshot.location': options.workDirectory,
    'java.io.tmpdir': options.workDirectory,
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': String(options.port),
    // It says where it listens.
    'quarkus.log.category."io.quarkus".level': 'INFO',
    'quarkus.http.access-log.enabled': 'false',
  };
  return startChild(
    java ?? 'java',
    [
      ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'],
      ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
      ...['-jar', join(directory, runner ?? '')],
    ],
    { directory: options.workDirectory },
  );
}

/** It answers requests before it has read the topic: `/health/ready` says when it has. Resolves with its address. */
async function ready(child: Child): Promise<string> {
  const begun = Date.now();
  const listening = await child.printed(/Listening on: (http:\/\/\S+)/);
  const url = listening[1] ?? '';
  let last: unknown;
  while (child.running && Date.now() - begun < START_DEADLINE_MS) {
    try {
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
      if (response.ok) return url;
      last = await response.text();
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`Apicurio Registry did not become ready: ${String(last)}\n${child.output().slice(-20_000)}`);
}
