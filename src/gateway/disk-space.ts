/** The disk below the embedded node's data, for the metrics: asked at a scrape, which costs one system call for both. */
import { statfsSync, type StatsFs } from 'node:fs';
import type { Instruments } from '../telemetry/metrics/instruments';

export function observeDiskSpace(instruments: Instruments, directory: string): void {
  let asked: StatsFs | undefined;
  // Both are asked in one turn of the event loop.
  const space = (): StatsFs => {
    if (asked === undefined) queueMicrotask(() => (asked = undefined));
    return (asked ??= statfsSync(directory));
  };
  instruments.observe('seaglass_disk_free_bytes', () => {
    const { bavail, bsize } = space();
    return [[{ directory }, bavail * bsize]];
  });
  instruments.observe('seaglass_disk_size_bytes', () => {
    const { blocks, bsize } = space();
    return [[{ directory }, blocks * bsize]];
  });
}
