/** What the process has of what the system lets it have: open files, memory. Linux tells of the first; elsewhere it is not known. */
import { readdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

export interface ProcessLimits {
  /** Undefined where the system does not say. */
  readonly openFiles: number | undefined;
  readonly openFilesMax: number | undefined;
  readonly residentBytes: number;
  /** Of the machine, or of the container where that is less. */
  readonly memoryBytesMax: number;
  readonly heapBytes: number;
  readonly heapBytesMax: number;
}

export function processLimits(): ProcessLimits {
  const { rss } = process.memoryUsage();
  const { used_heap_size: heapBytes, heap_size_limit: heapBytesMax } = getHeapStatistics();
  const constrained = process.constrainedMemory();
  const memoryBytesMax = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { ...files(), residentBytes: rss, memoryBytesMax, heapBytes, heapBytesMax };
}

function files(): Pick<ProcessLimits, 'openFiles' | 'openFilesMax'> {
  try {
    const limit = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return {
      openFiles: readdirSync('/proc/self/fd').length,
      openFilesMax: limit === undefined || limit === 'unlimited' ? undefined : Number(limit),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { openFiles: undefined, openFilesMax: undefined };
    throw error;
  }
}
