/**
 * The proofs of up to 1,024 offsets of a partition, and the entry of the filer that holds them. Integers are big-endian:
 *
 *      0  "SGVP" · uint8 version, 1 · uint16 origins, and for each: uint8 bytes of its client id · client id · 16 bytes trace id
 *      …  uint16 proofs, and for each: uint16 offset in the block · int32 length (-1: null) · int32 CRC-32C · int64 time, ns · uint16 origin
 *      …  uint32 CRC-32C of all before it: a damaged proof proves nothing
 */
import { crc32c } from '@node-rs/crc32';
import type { RecordOrigin } from '../../../audit/proofs';
import type { ValueProof } from '../../../audit/verdict';

export const BLOCK_OFFSETS = 1_024;

/** Of the block that holds the offset. */
export const firstOf = (offset: number): number => offset - (offset % BLOCK_OFFSETS);

const MAGIC = 0x53475650;
const VERSION = 1;
const PROOF_BYTES = 20;
const CLIENT_BYTES_MAX = 100;
const TRACE_BYTES = 16;

export interface RecordProof extends ValueProof {
  /** As the record was sent: the engine may make it later, never earlier. */
  readonly tsNs: bigint;
  readonly origin: RecordOrigin | undefined;
}

export class ProofBlock {
  readonly first: number;
  readonly #lengths = new Int32Array(BLOCK_OFFSETS);
  readonly #crcs = new Int32Array(BLOCK_OFFSETS);
  readonly #times = new BigInt64Array(BLOCK_OFFSETS);
  /** 0: no proof; 1: of nobody who is known; else the origin's index + 2. */
  readonly #origins = new Uint16Array(BLOCK_OFFSETS);
  #known: RecordOrigin[] = [];
  #count = 0;

  /** `first`: of its offsets; a multiple of 1,024. */
  constructor(first: number) {
    this.first = first;
  }

  get count(): number {
    return this.#count;
  }

  holds(offset: number): boolean {
    return offset >= this.first && offset < this.first + BLOCK_OFFSETS;
  }

  has(offset: number): boolean {
    return (this.#origins[offset - this.first] ?? 0) !== 0;
  }

  /** Whether a value of that length was proven at the offset; what its bytes were is asked for apart. */
  isLength(offset: number, length: number): boolean {
    return this.has(offset) && this.#lengths[offset - this.first] === length;
  }

  isChecksum(offset: number, crc: number): boolean {
    return this.#crcs[offset - this.first] === crc;
  }

  /** `tsNs`: as the record was sent. Parameters and no object, for it is called once a record. */
  set(offset: number, { length, crc }: ValueProof, tsNs: bigint, origin: RecordOrigin | undefined): void {
    const slot = offset - this.first;
    if (this.#origins[slot] === 0) this.#count += 1;
    this.#lengths[slot] = length;
    this.#crcs[slot] = crc;
    this.#times[slot] = tsNs;
    this.#origins[slot] = this.#indexOf(origin);
  }

  get(offset: number): RecordProof | undefined {
    const slot = offset - this.first;
    const index = this.#origins[slot] ?? 0;
    if (index === 0) return undefined;
    const [length = 0, crc = 0, tsNs = 0n] = [this.#lengths[slot], this.#crcs[slot], this.#times[slot]];
    return { length, crc, tsNs, origin: this.#known[index - 2] };
  }

  *proofs(): Iterable<RecordProof> {
    for (let slot = 0; slot < BLOCK_OFFSETS; slot += 1) {
      const proof = this.get(this.first + slot);
      if (proof !== undefined) yield proof;
    }
  }

  /** Takes what another entry of the same offsets has; of two for one offset the later record counts. */
  merge(stored: ReadonlyMap<number, RecordProof>): void {
    for (const [offset, proof] of stored) {
      const known = this.get(offset);
      if (known === undefined || known.tsNs < proof.tsNs) this.set(offset, proof, proof.tsNs, proof.origin);
    }
  }

  encode(): Uint8Array {
    const origins = this.#known.map(({ clientId, traceId }) => ({
      client: clientBytes(clientId),
      trace: Buffer.from(traceId.padStart(TRACE_BYTES * 2, '0'), 'hex'),
    }));
    const heads = origins.reduce((bytes, { client }) => bytes + 1 + client.byteLength + TRACE_BYTES, 0);
    const entry = Buffer.alloc(4 + 1 + 2 + heads + 2 + this.#count * PROOF_BYTES + 4);
    let position = entry.writeUInt32BE(MAGIC, 0);
    position = entry.writeUInt8(VERSION, position);
    position = entry.writeUInt16BE(origins.length, position);
    for (const { client, trace } of origins) {
      position = entry.writeUInt8(client.byteLength, position);
      entry.set(client, position);
      entry.set(trace, position + client.byteLength);
      position += client.byteLength + TRACE_BYTES;
    }
    position = entry.writeUInt16BE(this.#count, position);
    position = this.#writeProofs(entry, position);
    entry.writeUInt32BE(crc32c(entry.subarray(0, position)), position);
    return entry;
  }

  /** Where they end. */
  #writeProofs(entry: Uint8Array, start: number): number {
    const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
    let position = start;
    for (let slot = 0; slot < BLOCK_OFFSETS; slot += 1) {
      const origin = this.#origins[slot] ?? 0;
      if (origin === 0) continue;
      view.setUint16(position, slot);
      view.setInt32(position + 2, this.#lengths[slot] ?? 0);
      view.setInt32(position + 6, this.#crcs[slot] ?? 0);
      view.setBigInt64(position + 10, this.#times[slot] ?? 0n);
      view.setUint16(position + 18, origin);
      position += PROOF_BYTES;
    }
    return position;
  }

  #indexOf(origin: RecordOrigin | undefined): number {
    if (origin === undefined) return 1;
    const last = this.#known.length - 1;
    // The records of one append come one behind the other.
    if (this.#known[last] === origin) return last + 2;
    this.#known.push(origin);
    return last + 3;
  }
}

/** The proofs in an entry, by offset; undefined where it is none, or damaged. `first`: of the block's offsets. */
export function decodeProofs(entry: Uint8Array, first: number): ReadonlyMap<number, RecordProof> | undefined {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const end = entry.byteLength - 4;
  if (end < 9 || view.getUint32(end) !== crc32c(entry.subarray(0, end))) return undefined;
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== VERSION) return undefined;
  const origins: RecordOrigin[] = [];
  let position = 7;
  for (let left = view.getUint16(5); left > 0; left -= 1) {
    const client = position + 1;
    const trace = client + view.getUint8(position);
    position = trace + TRACE_BYTES;
    const traceId = Buffer.from(entry.subarray(trace, position)).toString('hex');
    origins.push({
      clientId: Buffer.from(entry.subarray(client, trace)).toString(),
      traceId: /^0*$/.test(traceId) ? '' : traceId,
    });
  }
  const proofs = new Map<number, RecordProof>();
  let left = view.getUint16(position);
  position += 2;
  for (; left > 0; left -= 1, position += PROOF_BYTES) {
    proofs.set(first + view.getUint16(position), {
      length: view.getInt32(position + 2),
      crc: view.getInt32(position + 6),
      tsNs: view.getBigInt64(position + 10),
      origin: origins[view.getUint16(position + 18) - 2],
    });
  }
  return proofs;
}

function clientBytes(clientId: string): Buffer {
  return Buffer.from(clientId.slice(0, CLIENT_BYTES_MAX)).subarray(0, 255);
}
