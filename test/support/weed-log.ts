/** How much of a topic lies in the filer's log files: what outlasts a broker that is killed. */
import { get } from 'node:http';
import { LogEntry } from '../../src/rpc/filer';

interface Listed {
  readonly FullPath: string;
  readonly Mode: number;
  readonly Extended?: Readonly<Record<string, string>>;
}

const DIRECTORY_MODE = 0x8000_0000;
const LOG_FILE = /\/\d{4}(?:-\d{2}){5}[^/]*$/;

/** True when records up to these offsets, one for each partition, are in files. */
export async function isFlushed(filerHttp: string, topic: string, lastOffsets: readonly number[]): Promise<boolean> {
  const generation = (await directories(filerHttp, `/topics/kafka/${topic}`)).at(-1);
  if (generation === undefined) return false;
  // Named by their ranges of the ring, so their order is that of the partitions.
  const partitions = await directories(filerHttp, generation);
  const lasts = await Promise.all(partitions.map((partition) => lastFlushed(filerHttp, partition)));
  return lastOffsets.every((offset, index) => (lasts[index] ?? -1) >= offset);
}

async function lastFlushed(filerHttp: string, partition: string): Promise<number> {
  const files = (await list(filerHttp, partition)).filter(({ FullPath }) => LOG_FILE.test(FullPath));
  const lasts = files.map(async ({ FullPath, Extended }) => {
    const noted = Extended?.offset_max;
    // The engine notes no offsets on a file that holds offset 0.
    return noted === undefined ? await lastEntry(filerHttp, FullPath) : bigEndian(noted);
  });
  return Math.max(-1, ...(await Promise.all(lasts)));
}

/** The last offset in a file: `[uint32 size][LogEntry]*`. */
async function lastEntry(filerHttp: string, path: string): Promise<number> {
  const content = await fetchFile(filerHttp, path);
  let last = -1;
  for (let position = 0; position + 4 <= content.length;) {
    const end = position + 4 + content.readUInt32BE(position);
    last = Math.max(last, Number(LogEntry.decode(content.subarray(position + 4, end)).offset));
    position = end;
  }
  return last;
}

/** The engine's binary attributes come as headers that a strict parser refuses. */
export function fetchFile(filerHttp: string, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(`http://${filerHttp}${encodeURI(path)}`, { insecureHTTPParser: true }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(Buffer.concat(parts)));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function directories(filerHttp: string, path: string): Promise<string[]> {
  const entries = await list(filerHttp, path);
  return entries.filter(({ Mode }) => Mode >= DIRECTORY_MODE).map(({ FullPath }) => FullPath);
}

async function list(filerHttp: string, path: string): Promise<readonly Listed[]> {
  const answer = await fetch(`http://${filerHttp}${path}/?limit=10000`, { headers: { accept: 'application/json' } });
  const { Entries } = (await answer.json()) as { readonly Entries: readonly Listed[] | null };
  return Entries ?? [];
}

function bigEndian(base64: string): number {
  return Number(Buffer.from(base64, 'base64').readBigInt64BE());
}
