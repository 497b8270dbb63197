/** How much of a topic lies in the filer's log files: what outlasts a broker that is killed. */
import { LogEntry } from '../../src/rpc/filer';
import { askWeed, type HttpAnswer } from './weed-security';

/** Asks a filer's HTTP side for a path. */
type AskFiler = (path: string) => Promise<HttpAnswer>;

interface Listed {
  readonly FullPath: string;
  readonly Mode: number;
  readonly Extended?: Readonly<Record<string, string>>;
}

const DIRECTORY_MODE = 0x8000_0000;
const LOG_FILE = /\/\d{4}(?:-\d{2}){5}[^/]*$/;

/** True when records up to these offsets, one for each partition, are in files. */
export async function isFlushed(ask: AskFiler, topic: string, lastOffsets: readonly number[]): Promise<boolean> {
  const generation = (await directories(ask, `/topics/kafka/${topic}`)).at(-1);
  if (generation === undefined) return false;
  // Named by their ranges of the ring, so their order is that of the partitions.
  const partitions = await directories(ask, generation);
  const lasts = await Promise.all(partitions.map((partition) => lastFlushed(ask, partition)));
  return lastOffsets.every((offset, index) => (lasts[index] ?? -1) >= offset);
}

async function lastFlushed(ask: AskFiler, partition: string): Promise<number> {
  const files = (await list(ask, partition)).filter(({ FullPath }) => LOG_FILE.test(FullPath));
  const lasts = files.map(async ({ FullPath, Extended }) => {
    const noted = Extended?.offset_max;
    // The engine notes no offsets on a file that holds offset 0.
    return noted === undefined ? await lastEntry(ask, FullPath) : bigEndian(noted);
  });
  return Math.max(-1, ...(await Promise.all(lasts)));
}

/** The last offset in a file: `[uint32 size][LogEntry]*`. */
async function lastEntry(ask: AskFiler, path: string): Promise<number> {
  const { body: content } = await ask(encodeURI(path));
  let last = -1;
  for (let position = 0; position + 4 <= content.length;) {
    const end = position + 4 + content.readUInt32BE(position);
    last = Math.max(last, Number(LogEntry.decode(content.subarray(position + 4, end)).offset));
    position = end;
  }
  return last;
}

export async function fetchFile(filerHttp: string, path: string): Promise<Buffer> {
  return (await askWeed(undefined, { address: filerHttp, path: encodeURI(path) })).body;
}

async function directories(ask: AskFiler, path: string): Promise<string[]> {
  const entries = await list(ask, path);
  return entries.filter(({ Mode }) => Mode >= DIRECTORY_MODE).map(({ FullPath }) => FullPath);
}

async function list(ask: AskFiler, path: string): Promise<readonly Listed[]> {
  const { body } = await ask(`${path}/?limit=10000`);
  const { Entries } = JSON.parse(String(body)) as { readonly Entries: readonly Listed[] | null };
  return Entries ?? [];
}

function bigEndian(base64: string): number {
  return Number(Buffer.from(base64, 'base64').readBigInt64BE());
}
