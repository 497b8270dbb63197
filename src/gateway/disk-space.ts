/** The disk below the embedded node's data, for the metrics: asked at a scrape, which costs one system call. */
import { statfsSync } from 'node:fs';
import type { Instruments } from '../telemetry/metrics/instruments';

export function observeDiskSpace(instruments: Instruments, directory: string): void {
  instruments.observe('seaglass_disk_free_bytes', () => {
    const { bavail, bsize } = statfsSync(directory);
    return [[{ directory }, bavail * bsize]];
  });
  instruments.observe('seaglass_disk_size_bytes', () => {
    const { blocks, bsize } = statfsSync(directory);
    return [[{ directory }, blocks * bsize]];
  });
}
