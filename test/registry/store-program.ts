/**
 * A registry's storage and election as a child process that is steered over HTTP: java/StoreProgram.java in Confluent's way,
 * python/store_program.py in Karapace's. Both answer the same requests.
 */
import { tmpdir } from 'node:os';
import { type Child, startChild } from '../support/child';

export interface Write {
  readonly offset: number;
  /** From the send to the producer's ack. */
  readonly ackMs: number;
  /** From the send to the reader's signal that it has reached the record. */
  readonly reachedMs: number;
}

export interface StoreState {
  /** The last offset that the reader applied. */
  readonly reached: number;
  readonly records: number;
  readonly jumpsBack: number;
  /** What ended the reader. */
  readonly death: string | null;
  readonly entries: Readonly<Record<string, string>>;
}

export interface Leadership {
  readonly member: string;
  readonly generation: number;
  /** How often it was assigned since it began. */
  readonly assignments: number;
  readonly isMaster: boolean;
  /** As the group's leader sent it; null while a rebalance goes on. */
  readonly assignment: { readonly master: string; readonly master_identity: { readonly port: number } } | null;
}

export interface Rereads {
  readonly reads: number;
  readonly wrongCount: number;
  readonly wrong: readonly string[];
}

export interface Scans {
  /** How many records each reader was given. */
  readonly records: readonly number[];
  readonly wrongCount: number;
  readonly wrong: readonly string[];
}

export interface StoreProgram {
  readonly child: Child;
  readonly port: number;
  put(key: string, value: string): Promise<Write>;
  delete(key: string): Promise<Write>;
  /** Writes a NOOP record and waits until the reader has reached it. */
  reach(): Promise<{ readonly offset: number }>;
  state(): Promise<StoreState>;
  /** Waits until it was assigned more than `after` times, default 0, and no rebalance is under way. */
  leader(after?: number): Promise<Leadership>;
  /** The topic read from its beginning to its end by several consumers at once. */
  scan(readers: number): Promise<Scans>;
  /** Offsets asked for again and again by several consumers at once. */
  reread(options: { readonly readers: number; readonly count: number; readonly seed: number }): Promise<Rereads>;
}

export interface StoreProgramOptions {
  readonly command: string;
  readonly parameters: readonly string[];
  readonly bootstrap: string;
  readonly topic: string;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  /** How long a write may take until its ack, and from there until the reader has it. */
  readonly timeoutMs: number;
  readonly topicSettings: Readonly<Record<string, string>>;
}

const ANSWER_DEADLINE_MS = 180_000;
/** Session timeout, heartbeats that tell the others, and a machine that is busy. */
const ELECTION_DEADLINE_MS = 60_000;

/** Resolves once it has read the topic to its end and is a member of the group. */
export async function startStoreProgram(options: StoreProgramOptions): Promise<StoreProgram> {
  const { bootstrap, topic, group, sessionTimeoutMs, timeoutMs } = options;
  const settings = Object.entries(options.topicSettings).map(([name, value]) => `${name}=${value}`);
  const parameters = [bootstrap, topic, group, String(sessionTimeoutMs), String(timeoutMs), ...settings];
  const child = startChild(options.command, [...options.parameters, ...parameters], { directory: tmpdir() });
  try {
    const [, url = ''] = await child.printed(/^listening (\S+)$/m);
    return programAt(url, child);
  } catch (error) {
    await child.kill();
    throw error;
  }
}

function programAt(url: string, child: Child): StoreProgram {
  const ask = async <T>(path: string, query: Readonly<Record<string, string>> = {}, body?: string): Promise<T> => {
    const response = await fetch(`${url}/${path}?${new URLSearchParams(query).toString()}`, {
      method: 'POST',
      body: body ?? '',
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}\n${child.output().slice(-4_000)}`);
    return JSON.parse(text) as T;
  };
  return {
    child,
    port: Number(new URL(url).port),
    put: (key, value) => ask('put', { key }, value),
    delete: (key) => ask('delete', { key }),
    reach: () => ask('reach'),
    state: () => ask('state'),
    leader: async (after = 0) => {
      const known = await ask<Leadership>('leader', { after: String(after), waitMs: String(ELECTION_DEADLINE_MS) });
      if (known.assignments > after && known.assignment !== null) return known;
      throw new Error(
        `not assigned in ${ELECTION_DEADLINE_MS} ms: ${JSON.stringify(known)}\n${child.output().slice(-4_000)}`,
      );
    },
    scan: (readers) => ask('scan', { readers: String(readers) }),
    reread: ({ readers, count, seed }) =>
      ask('reread', { readers: String(readers), count: String(count), seed: String(seed) }),
  };
}
