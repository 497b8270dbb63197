/** One record as the browser shows it: sizes and kinds, never contents unless the operator has turned them on. */
import { int32At } from '../../protocol/bytes';
import type { HeaderKey } from '../../protocol/header-key';
import { type BatchHeader, isControl } from '../../protocol/record-batch';
import type { BatchRecord } from '../../protocol/record';
import { parseTraceParent } from '../../telemetry/trace/trace-links';

/** Null, empty and present differ; `lost` is a record that was stored and is not there as it was. */
export type FieldKind = 'present' | 'null' | 'empty';

export interface ShownField {
  readonly kind: FieldKind;
  readonly bytes: number;
  /** Of Confluent's wire format: a zero byte, then the id. */
  readonly schemaId: number | undefined;
  /** Where contents are turned on: text where it is text, else hex; `cut` where there is more. */
  readonly content: { readonly text: string; readonly form: 'text' | 'hex'; readonly cut: boolean } | undefined;
}

export interface ShownRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: string;
  readonly control: boolean;
  readonly key: ShownField;
  readonly value: ShownField;
  /** Of which `headers` has the first 64. */
  readonly headerCount: number;
  readonly headers: readonly { readonly name: string; readonly value: ShownField }[];
  /** The producer's trace, where the record carries a valid traceparent. */
  readonly trace: { readonly traceId: string; readonly sampled: boolean } | undefined;
}

const CONTENT_BYTES_MAX = 4_096;
const HEADERS_SHOWN = 64;
const SCHEMA_PREFIX_BYTES = 5;
const TRACEPARENT = 'traceparent';

export function shownRecord(record: BatchRecord, batch: BatchHeader, contents: boolean): ShownRecord {
  const parent = record.headers.find(({ key }) => headerKeyText(key) === TRACEPARENT)?.value;
  const trace = parent === undefined || parent === null ? undefined : parseTraceParent(latin1(parent));
  return {
    offset: record.offset,
    timestampMs: Number(record.timestamp),
    timestampType: record.timestampType,
    control: isControl(batch.attributes),
    key: shownField(record.key, contents),
    value: shownField(record.value, contents),
    headerCount: record.headers.length,
    headers: record.headers.slice(0, HEADERS_SHOWN).map(({ key, value }) => ({
      name: headerKeyText(key),
      value: { ...shownField(value, contents), schemaId: undefined },
    })),
    trace: trace === undefined ? undefined : { traceId: trace.traceId, sampled: trace.sampled },
  };
}

function shownField(bytes: Uint8Array | null, contents: boolean): ShownField {
  if (bytes === null) return { kind: 'null', bytes: 0, schemaId: undefined, content: undefined };
  return {
    kind: bytes.byteLength === 0 ? 'empty' : 'present',
    bytes: bytes.byteLength,
    schemaId: bytes.byteLength >= SCHEMA_PREFIX_BYTES && bytes[0] === 0 ? int32At(bytes, 1) : undefined,
    content: contents ? contentOf(bytes) : undefined,
  };
}

function contentOf(bytes: Uint8Array): ShownField['content'] {
  const cut = bytes.byteLength > CONTENT_BYTES_MAX;
  const shown = bytes.subarray(0, CONTENT_BYTES_MAX);
  try {
    // A character that the cut goes through is left out, not taken for bytes that are no text.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(shown, { stream: cut }), form: 'text', cut };
  } catch {
    return { text: Buffer.from(shown).toString('hex'), form: 'hex', cut };
  }
}

/** What is no UTF-8 is shown as its bytes in hex. */
const headerKeyText = (key: HeaderKey): string => (typeof key === 'string' ? key : Buffer.from(key).toString('hex'));

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
