/** Goal: a checksum is CRC-32C, short values by tables and long ones by native code alike. Method: compared with the native one at every length. */
import { crc32c } from '@node-rs/crc32';
import { checksumOf } from '../../src/audit/checksum';
import { seeded } from '../support/random';

test('every length up to 300 bytes, wherever the value begins, has the CRC-32C of its bytes', () => {
  const random = seeded(7);
  const bytes = Uint8Array.from({ length: 1_000 }, () => random(256));
  for (let length = 1; length <= 300; length += 1) {
    for (const start of [0, 1, 7, 500]) {
      const value = bytes.subarray(start, start + length);
      expect([length, checksumOf(value)]).toEqual([length, crc32c(value) | 0]);
    }
  }
});

test('it is what RFC 3720 says of its examples, and 0 of no bytes', () => {
  expect(checksumOf(new Uint8Array(32)) >>> 0).toBe(0x8a9136aa);
  expect(checksumOf(new Uint8Array(32).fill(0xff)) >>> 0).toBe(0x62a8ab43);
  expect(checksumOf(Uint8Array.from({ length: 32 }, (_, index) => index)) >>> 0).toBe(0x46dd794e);
  expect(checksumOf(new Uint8Array(0))).toBe(0);
});
