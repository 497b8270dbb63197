/** Who wrote records that an incident is about. Whoever remembers it says how it is asked; until then nobody is known. */
import type { Offset, PartitionId } from '../../types';

/** Consecutive records of one partition. */
export interface RecordSpan {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
}

export interface RecordWriter {
  /** As the client calls itself; empty where it does not. */
  readonly clientId: string;
  /** 32 hex digits; empty: unknown. */
  readonly traceId: string;
}

export class RecordWriters {
  #ask: (records: RecordSpan) => RecordWriter | undefined = () => undefined;

  remembers(ask: (records: RecordSpan) => RecordWriter | undefined): void {
    this.#ask = ask;
  }

  /** Of the first of the records that are remembered; undefined where none is. */
  of(records: RecordSpan): RecordWriter | undefined {
    return this.#ask(records);
  }
}

/** ` by billing (trace 4bf9…)`, empty where nobody is known. */
export function writerInWords(writer: RecordWriter | undefined): string {
  if (writer === undefined) return '';
  const { clientId, traceId } = writer;
  return ` by ${clientId === '' ? 'a client without a name' : clientId}${traceId === '' ? '' : ` (trace ${traceId})`}`;
}
