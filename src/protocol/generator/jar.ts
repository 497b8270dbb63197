/** Reads text files out of a jar (a zip archive), as far as the message facts in kafka-clients need it: no zip64, no encryption. */
import { inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;

/** The files directly in a folder of the jar, by their name without it. */
export function readJar(jar: Buffer, folder: string): Map<string, string> {
  const view = new DataView(jar.buffer, jar.byteOffset, jar.byteLength);
  const end = endRecord(view);
  const files = new Map<string, string>();
  let position = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(position, true) !== ENTRY_SIGNATURE) throw new Error(`expected an entry at byte ${position}`);
    const nameBytes = view.getUint16(position + 28, true);
    const name = jar.toString('utf8', position + ENTRY_BYTES, position + ENTRY_BYTES + nameBytes);
    const inside = name.startsWith(folder) ? name.slice(folder.length) : '';
    if (inside.endsWith('.json') && !inside.includes('/')) files.set(inside, content(jar, view, position));
    position += ENTRY_BYTES + nameBytes + view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
  }
  return files;
}

function endRecord(view: DataView): number {
  for (let position = view.byteLength - END_BYTES; position >= 0; position--) {
    if (view.getUint32(position, true) === END_SIGNATURE) return position;
  }
  throw new Error('expected a jar');
}

function content(jar: Buffer, view: DataView, entry: number): string {
  const local = view.getUint32(entry + 42, true);
  const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const bytes = jar.subarray(start, start + view.getUint32(entry + 20, true));
  return (view.getUint16(entry + 10, true) === DEFLATED ? inflateRawSync(bytes) : bytes).toString('utf8');
}
