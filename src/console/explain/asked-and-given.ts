/** What a request asked of each partition and what it was given: of fetches by their polls, of produces by their sends. */
import type { FinishedSpan } from '../../telemetry/trace/finished-span';
import { isOpen, numberOf, outcomeOf, partitionOf, phaseOf } from './span-facts';

export interface AskedAndGiven {
  /** orders-1 */
  readonly partition: string;
  readonly kind: 'read' | 'append';
  /** The offset asked for, or given to the first record appended; undefined where it is not known. */
  readonly offset: number | undefined;
  readonly records: number;
  /** Bytes of values that left; undefined where they were not counted. */
  readonly valueBytes: number | undefined;
  readonly highWatermark: number | undefined;
  /** How the read was served; empty where it was not. */
  readonly mode: string;
  readonly session: string;
  /** Where the subscriber session stood when it was waited for. */
  readonly sessionPosition: number | undefined;
  readonly outcome: string;
  readonly error: string | undefined;
}

export function askedAndGiven(spans: readonly FinishedSpan[]): readonly AskedAndGiven[] {
  return spans.flatMap((span) => {
    const phase = phaseOf(span.attributes);
    if (span.attributes['seaglass.stall'] === true) return [];
    if (phase === 'poll') return [partOf(span, spans, 'read')];
    return phase === 'send' ? [partOf(span, spans, 'append')] : [];
  });
}

function partOf(span: FinishedSpan, spans: readonly FinishedSpan[], kind: AskedAndGiven['kind']): AskedAndGiven {
  const { attributes, error } = span;
  const below = descendants(span, spans);
  const nearest = (key: string): string => {
    const found = [span, ...below].find((each) => each.attributes[key] !== undefined)?.attributes[key];
    return found === undefined ? '' : String(found);
  };
  const position = below.map((each) => numberOf(each.attributes, 'seaglass.session.position'));
  return {
    partition: partitionOf(attributes) ?? '?',
    kind,
    offset: numberOf(attributes, 'kafka.offset'),
    records: numberOf(attributes, 'messaging.batch.message_count') ?? 0,
    valueBytes: numberOf(attributes, 'seaglass.bytes.delivered'),
    highWatermark: numberOf(attributes, 'seaglass.high_watermark'),
    mode: nearest('seaglass.session.mode'),
    session: nearest('seaglass.session.id'),
    sessionPosition: position.find((each) => each !== undefined),
    outcome: isOpen(attributes) ? 'in flight' : outcomeOf(attributes),
    error: error?.message,
  };
}

function descendants(span: FinishedSpan, spans: readonly FinishedSpan[]): readonly FinishedSpan[] {
  const below: FinishedSpan[] = [];
  const ids = new Set([span.spanId]);
  // A trace holds parents before their children.
  for (const each of spans) {
    if (each.parentSpanId === undefined || !ids.has(each.parentSpanId)) continue;
    ids.add(each.spanId);
    below.push(each);
  }
  return below;
}
