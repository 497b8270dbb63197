/** Placeholder until the shared producer state arrives. */
import type { BatchHeader } from './batch-header';

export class Producers {
  check(_header: BatchHeader): { kind: 'append' } | { kind: 'duplicate'; baseOffset: number } {
    return { kind: 'append' };
  }
  append(_header: BatchHeader): void {}
  replay(_header: BatchHeader): void {}
  encode(): Buffer {
    return Buffer.alloc(0);
  }
  restore(_bytes: Buffer): boolean {
    return true;
  }
  clear(): void {}
  commit(): void {}
  rollback(): void {}
}
