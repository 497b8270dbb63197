/** How much of a topic lies in the filer's log files: what outlasts a broker that is killed. */

interface Listed {
  readonly FullPath: string;
  readonly Mode: number;
  readonly Extended?: Readonly<Record<string, string>>;
}

const DIRECTORY_MODE = 0x8000_0000;

/** True when records up to these offsets, one for each partition, are in files. */
export async function isFlushed(filerHttp: string, topic: string, lastOffsets: readonly number[]): Promise<boolean> {
  const generation = (await directories(filerHttp, `/topics/kafka/${topic}`)).at(-1);
  if (generation === undefined) return false;
  // Named by their ranges of the ring, so their order is that of the partitions.
  const partitions = await directories(filerHttp, generation);
  const ends = await Promise.all(partitions.map((partition) => flushedEnd(filerHttp, partition)));
  return lastOffsets.every((offset, index) => (ends[index] ?? 0) > offset);
}

async function flushedEnd(filerHttp: string, partition: string): Promise<number> {
  const starts = (await list(filerHttp, partition)).map(({ Extended }) => Extended?.buffer_start);
  return Math.max(0, ...starts.map((start) => (start === undefined ? 0 : bigEndian(start))));
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
