/**
 * Small state as one JSON file that is replaced whole: written beside, synced, renamed over the old one, so that a crash
 * leaves the old state or the new one. The first line is the CRC-32C of the rest, in hex:
 *
 *   8 hex digits  \n  JSON
 */
import { crc32c } from '@node-rs/crc32';
import * as path from 'node:path';
import type { Disk } from './disk';
import { NodeError, onDisk } from '../node-error';
import { ErrorCode } from '../../rpc/record_log';

/** Replaces the file. Throws STORAGE_ERROR, and then the old state is still there. */
export function writeStateFile(disk: Disk, file: string, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  const temporary = `${file}.new`;
  onDisk('write', file, () => {
    const fd = disk.open(temporary, 'create');
    try {
      disk.truncate(fd, 0);
      disk.write(fd, [Buffer.from(`${hex(crc32c(body))}\n`), body], 0);
      disk.sync(fd);
    } finally {
      disk.close(fd);
    }
    disk.rename(temporary, file);
    disk.syncDirectory(path.dirname(file));
  });
}

/** undefined where the file is missing. Throws STORAGE_ERROR where it cannot be read or is damaged. */
export function readStateFile(disk: Disk, file: string): unknown {
  if (!disk.exists(file)) return undefined;
  const bytes = onDisk('read', file, () => readWhole(disk, file));
  const text = bytes.toString('utf8');
  const body = text.slice(9);
  if (text.charAt(8) !== '\n' || text.slice(0, 8) !== hex(crc32c(Buffer.from(body)))) {
    throw new NodeError(
      ErrorCode.STORAGE_ERROR,
      `${file} is damaged: its checksum does not match; it was left as it is`,
    );
  }
  return JSON.parse(body);
}

export function readWhole(disk: Disk, file: string): Buffer {
  const fd = disk.open(file, 'existing');
  try {
    const bytes = Buffer.allocUnsafeSlow(disk.size(fd));
    return bytes.subarray(0, disk.read(fd, bytes, 0));
  } finally {
    disk.close(fd);
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
