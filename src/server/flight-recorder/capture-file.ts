/**
 * A recording as a capture file (pcapng, draft-ietf-opsawg-pcapng) that Wireshark and tshark read: the frames as the payload of a TCP
 * connection between the client's address and the gateway's port, each with a comment where it is not whole or was redacted. Lengths and
 * order are those of the wire; the segments are made up, of at most 32 KiB.
 */
import { isIPv4 } from 'node:net';
import { type AskedApi, askedIn, redactRequest, redactResponse } from './redact';
import type { RecordedFrame } from './frame-ring';
import type { RecordedEnds } from './recorded-connection';

export interface CaptureOptions {
  /** Keys, values and headers of records, and bodies that may hold secrets, stay as they are. */
  readonly contents: boolean;
}

/** A frame longer than this is cut, its length with it: what was not recorded would be zeros. */
const FRAME_BYTES_MAX = 1024 * 1024;
const SEGMENT_BYTES_MAX = 32 * 1024;
const LENGTH_BYTES = 4;

/** The whole file. */
export function captureFile(ends: RecordedEnds, frames: readonly RecordedFrame[], options: CaptureOptions): Buffer {
  const blocks: Buffer[] = [sectionHeader(), interfaceDescription()];
  const asked = new Map<number, AskedApi>();
  const sequence = { request: 1, response: 1 };
  for (const frame of frames) {
    const { bytes, comment } = shown(frame, asked, options);
    const other = frame.direction === 'request' ? 'response' : 'request';
    for (let at = 0; at < bytes.byteLength; at += SEGMENT_BYTES_MAX) {
      const payload = bytes.subarray(at, at + SEGMENT_BYTES_MAX);
      const tcp = segment(ends, frame.direction, payload, { seq: sequence[frame.direction], ack: sequence[other] });
      blocks.push(enhancedPacket(tcp, frame.atMs, at === 0 ? comment : undefined));
      sequence[frame.direction] = (sequence[frame.direction] + payload.byteLength) >>> 0;
    }
  }
  return Buffer.concat(blocks);
}

/** A frame at its full length, zeros where it was not recorded, and what is to be said of it. */
function shown(
  { direction, head, length }: RecordedFrame,
  asked: Map<number, AskedApi>,
  { contents }: CaptureOptions,
): { readonly bytes: Buffer; readonly comment: string | undefined } {
  const whole = length <= FRAME_BYTES_MAX;
  const bytes = Buffer.alloc(whole ? length : head.byteLength);
  bytes.set(head);
  const comments: string[] = [];
  if (head.byteLength < length)
    comments.push(`${String(length)} bytes on the wire, of which the first ${String(head.byteLength)} were recorded`);
  if (!whole) bytes.writeUInt32BE(bytes.byteLength - LENGTH_BYTES);
  const correlationId = bytes.byteLength >= 8 ? bytes.readInt32BE(LENGTH_BYTES) : 0;
  if (direction === 'request') {
    const api = askedIn(bytes);
    if (api !== undefined) asked.set(api.correlationId, api);
    if (!contents) redactRequest(bytes);
  } else if (!contents) {
    redactResponse(bytes, asked.get(correlationId));
  }
  if (!contents) comments.push('contents redacted');
  return { bytes, comment: comments.length === 0 ? undefined : comments.join('; ') };
}

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Packets begin with their IP header (LINKTYPE_RAW). */
const LINKTYPE_RAW = 101;
const OPTION_COMMENT = 1;
const MICROSECONDS_A_MS = 1_000;

function block(type: number, body: Buffer): Buffer {
  const length = 12 + body.byteLength;
  const made = Buffer.alloc(length);
  made.writeUInt32LE(type, 0);
  made.writeUInt32LE(length, 4);
  made.set(body, 8);
  made.writeUInt32LE(length, length - 4);
  return made;
}

function sectionHeader(): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.fill(0xff, 8);
  return block(0x0a0d0d0a, body);
}

/** Times in microseconds, which is what an interface without options means. */
function interfaceDescription(): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(LINKTYPE_RAW, 0);
  return block(1, body);
}

function enhancedPacket(packet: Buffer, atMs: number, comment: string | undefined): Buffer {
  const data = padded(packet);
  const options = comment === undefined ? Buffer.alloc(0) : commentOption(comment);
  const body = Buffer.alloc(20);
  const micros = BigInt(Math.round(atMs * MICROSECONDS_A_MS));
  body.writeUInt32LE(Number(micros >> 32n), 4);
  body.writeUInt32LE(Number(micros & 0xffff_ffffn), 8);
  body.writeUInt32LE(packet.byteLength, 12);
  body.writeUInt32LE(packet.byteLength, 16);
  return block(6, Buffer.concat([body, data, options]));
}

function commentOption(comment: string): Buffer {
  const text = Buffer.from(comment);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(OPTION_COMMENT, 0);
  head.writeUInt16LE(text.byteLength, 2);
  return Buffer.concat([head, padded(text), Buffer.alloc(4)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.byteLength % 4)) % 4)]);

const TCP_HEADER_BYTES = 20;
const ACK_PUSH = 0x18;

function segment(
  ends: RecordedEnds,
  direction: RecordedFrame['direction'],
  payload: Buffer,
  { seq, ack }: { readonly seq: number; readonly ack: number },
): Buffer {
  const client = { address: ends.clientAddress, port: ends.clientPort };
  const server = { address: '', port: ends.serverPort };
  const [from, to] = direction === 'request' ? [client, server] : [server, client];
  const tcp = Buffer.alloc(TCP_HEADER_BYTES);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(seq, 4);
  tcp.writeUInt32BE(ack, 8);
  tcp[12] = (TCP_HEADER_BYTES / 4) << 4;
  tcp[13] = ACK_PUSH;
  tcp.writeUInt16BE(0xffff, 14);
  const segmentBytes = Buffer.concat([tcp, payload]);
  return Buffer.concat([ipHeader(ends.clientAddress, direction, segmentBytes.byteLength), segmentBytes]);
}

/** Documentation addresses stand for whom the recording does not name: the gateway, and a client whose address is of version 6. */
const GATEWAY = [192, 0, 2, 1];
const SOME_CLIENT = [192, 0, 2, 2];
const MAPPED_V4 = '::ffff:';

function ipHeader(clientAddress: string, direction: RecordedFrame['direction'], bytes: number): Buffer {
  const plain = clientAddress.startsWith(MAPPED_V4) ? clientAddress.slice(MAPPED_V4.length) : clientAddress;
  const client = isIPv4(plain) ? plain.split('.').map(Number) : SOME_CLIENT;
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.byteLength + bytes, 2);
  header[8] = 64;
  header[9] = 6;
  const [from, to] = direction === 'request' ? [client, GATEWAY] : [GATEWAY, client];
  header.set(from, 12);
  header.set(to, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

/** RFC 1071. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.byteLength; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
