/** Flushed log files of a topic, rewritten in the filer as a damaged disk would leave them. */
import { credentials } from '@grpc/grpc-js';
import { LogEntry, SeaweedFilerClient, type Entry } from '../../../src/rpc/filer';
import { fetchFile } from '../../support/weed-log';

export interface DamagedFiler {
  /** host:httpport.grpcport */
  readonly filer: string;
  /** host:port; asked for what lies in chunks. */
  readonly filerHttp: string;
}

/** What becomes of a record's stored bytes; undefined: they stay. */
export type Damage = (offset: number, data: Buffer) => Buffer | undefined;

/** Answers how many values were damaged. */
export async function damageLog(at: DamagedFiler, topic: string, damage: Damage): Promise<number> {
  const client = filerClient(at.filer);
  let count = 0;
  const walk = async (directory: string): Promise<void> => {
    for (const entry of await entriesOf(client, directory)) {
      if (entry.isDirectory) await walk(`${directory}/${entry.name}`);
      else if (/^\d{4}(-\d{2}){5}/.test(entry.name))
        count += await damageFile({ client, http: at.filerHttp }, directory, entry, damage);
    }
  };
  await walk(`/topics/kafka/${topic}`);
  client.close();
  return count;
}

/** Whoever asks closes it. */
export function filerClient(filer: string): SeaweedFilerClient {
  const [host = '', ports = ''] = filer.split(':');
  return new SeaweedFilerClient(`${host}:${ports.split('.')[1] ?? ''}`, credentials.createInsecure());
}

export function entriesOf(client: SeaweedFilerClient, directory: string): Promise<Entry[]> {
  const request = { directory, prefix: '', startFromFileName: '', inclusiveStartFrom: false, limit: 1_000 };
  return new Promise((resolve, reject) => {
    const found: Entry[] = [];
    const stream = client.listEntries(request);
    stream.on('data', ({ entry }: { entry: Entry | undefined }) => entry !== undefined && found.push(entry));
    stream.on('error', reject);
    stream.on('end', () => resolve(found));
  });
}

interface Filers {
  readonly client: SeaweedFilerClient;
  readonly http: string;
}

async function damageFile(at: Filers, directory: string, entry: Entry, damage: Damage): Promise<number> {
  const parts: Buffer[] = [];
  let count = 0;
  const stored =
    entry.chunks.length === 0 ? Buffer.from(entry.content) : await fetchFile(at.http, `${directory}/${entry.name}`);
  for (let position = 0; position + 4 <= stored.length;) {
    const end = position + 4 + stored.readUInt32BE(position);
    const record = LogEntry.decode(stored.subarray(position + 4, end));
    const damaged = damage(Number(record.offset), Buffer.from(record.data));
    if (damaged !== undefined) count += 1;
    const bytes = LogEntry.encode({ ...record, data: damaged ?? record.data }).finish();
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    parts.push(size, Buffer.from(bytes));
    position = end;
  }
  const content = Buffer.concat(parts);
  const attributes = entry.attributes && { ...entry.attributes, fileSize: BigInt(content.length) };
  const request = { directory, entry: { ...entry, content, chunks: [], attributes } };
  await new Promise<void>((resolve, reject) => {
    const rest = { oExcl: false, isFromOtherCluster: false, signatures: [], skipCheckParentDirectory: false };
    at.client.createEntry({ ...request, ...rest }, (error, answer) =>
      error === null && answer.error === '' ? resolve() : reject(error ?? new Error(answer.error)),
    );
  });
  return count;
}
