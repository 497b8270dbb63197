/**
 * What a broker that ends leaves of a topic in the filer. SeaweedFS 4.48 writes records when their window is flushed and the last
 * offset, from which a restarted broker goes on, up to two seconds later by itself: one that ends in between, even by SIGTERM, gives
 * the offsets of the last records again.
 */
interface Listed {
  readonly FullPath: string;
  readonly Mode: number;
  readonly Extended?: Readonly<Record<string, string>>;
}

const DIRECTORY_MODE = 0x8000_0000;

/** True when records up to these offsets, one for each partition, and the offsets themselves outlast the broker. */
export async function isKept(filerHttp: string, topic: string, lastOffsets: readonly number[]): Promise<boolean> {
  const generation = (await directories(filerHttp, `/topics/kafka/${topic}`)).at(-1);
  if (generation === undefined) return false;
  // Named by their ranges of the ring, so their order is that of the partitions.
  const partitions = await directories(filerHttp, generation);
  const kept = await Promise.all(partitions.map((partition) => keptThrough(filerHttp, partition)));
  return lastOffsets.every((offset, index) => (kept[index] ?? -1) >= offset);
}

async function keptThrough(filerHttp: string, partition: string): Promise<number> {
  const checkpoint = await fetch(`http://${filerHttp}${partition}/checkpoint.offset`);
  if (!checkpoint.ok) return -1;
  const lastGiven = Number(Buffer.from(await checkpoint.arrayBuffer()).readBigInt64BE());
  const starts = (await list(filerHttp, partition)).map(({ Extended }) => Extended?.buffer_start);
  const nextFlushed = starts.map((start) => (start === undefined ? 0 : bigEndian(start)));
  return Math.min(lastGiven, Math.max(...nextFlushed) - 1);
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
