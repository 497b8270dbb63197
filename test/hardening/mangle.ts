/** Bytes changed by seed: bits, bytes at the edges of their range, cuts, lengths, pieces of others. */

/** One to four changes; `others` is what pieces are taken from. */
export function mangled(bytes: Uint8Array, others: readonly Uint8Array[], below: (n: number) => number): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + below(4); left > 0; left--) changed = changedOnce(changed, others, below);
  return changed;
}

function changedOnce(bytes: Buffer, others: readonly Uint8Array[], below: (n: number) => number): Buffer {
  if (bytes.byteLength === 0) return Buffer.from([below(256)]);
  const at = below(bytes.byteLength);
  switch (below(6)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      return bytes;
    case 1:
      bytes[at] = [0, 1, 0x2c, 0x3d, 0x7f, 0x80, 0xff][below(7)] ?? 0;
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      if (at + 2 <= bytes.byteLength) bytes.writeUInt16BE([0, 1, 0x7fff, 0xffff, 0x4000][below(5)] ?? 0, at);
      return bytes;
    case 4: {
      const piece = Buffer.from(others[below(others.length)] ?? []);
      const from = below(piece.byteLength + 1);
      return Buffer.concat([bytes.subarray(0, at), piece.subarray(from, from + below(40)), bytes.subarray(at)]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.byteLength, at + 1 + below(8)))]);
  }
}
