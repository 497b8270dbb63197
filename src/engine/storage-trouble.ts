/** What the engine's storage refuses, told as incidents: a full disk, a failing one, a damaged range. An append that is taken ends the first two. */
import { EngineError } from '../engine-error';
import type { IncidentKind } from '../telemetry/incidents/incident-kinds';
import { writerInWords } from '../telemetry/incidents/record-writers';
import type { Telemetry } from '../telemetry/telemetry';
import { toOffset, toPartitionId } from '../types';

/** Where nobody writes or reads there any more, it is over after this time. */
const HOLD_MS = 60_000;
const FULL = /ENOSPC|EDQUOT|no space left/i;
const DAMAGED = /damaged/i;
/** As the node says it of a range. */
const OFFSETS = /offsets (\d+) to (\d+) of/;

export class StorageTrouble {
  readonly #telemetry: Pick<Telemetry, 'incidents' | 'recordWriters'>;
  /** Targets whose disk is full or failing, as far as was told. */
  readonly #disks = new Set<string>();

  constructor(telemetry: Pick<Telemetry, 'incidents' | 'recordWriters'>) {
    this.#telemetry = telemetry;
  }

  /** A read or an append failed; nothing happens where that is not the storage's doing. */
  failed(
    error: unknown,
    { address, partition }: { readonly address: string | undefined; readonly partition: string },
  ): void {
    if (!(error instanceof EngineError) || error.code !== 'storage_error') return;
    if (DAMAGED.test(error.message)) {
      this.#tell(
        'damaged_range',
        partition,
        `cannot be read: ${error.message}${this.#writtenBy(partition, error.message)}`,
      );
      return;
    }
    const target = address ?? partition;
    this.#disks.add(target);
    this.#tell(FULL.test(error.message) ? 'disk_full' : 'disk_failing', target, `refused: ${error.message}`);
  }

  /** An append was stored there. */
  stored(address: string | undefined): void {
    if (this.#disks.size === 0 || address === undefined || !this.#disks.delete(address)) return;
    for (const kind of ['disk_full', 'disk_failing'] as const)
      this.#telemetry.incidents.close(kind, address, 'takes records again');
  }

  /** Of a damaged range, where the gateway remembers who wrote it. */
  #writtenBy(name: string, message: string): string {
    const [, first, last] = OFFSETS.exec(message) ?? [];
    if (first === undefined || last === undefined) return '';
    const at = name.lastIndexOf('-');
    const partition = toPartitionId(Number(name.slice(at + 1)));
    const [firstOffset, lastOffset] = [toOffset(Number(first)), toOffset(Number(last))];
    const records = { topic: name.slice(0, at), partition, firstOffset, lastOffset };
    const by = writerInWords(this.#telemetry.recordWriters.of(records));
    return by === '' ? '' : `; they were produced${by}`;
  }

  #tell(kind: IncidentKind, target: string, evidence: string): void {
    this.#telemetry.incidents.open(kind, target, { evidence, holdMs: HOLD_MS, failed: 1 });
  }
}
