/**
 * Links between the traces of producers and of fetches. A record's `traceparent` header is read for links and never rewritten; a
 * bounded map remembers which trace wrote which offsets, for records whose headers the gateway does not look into.
 */
import { type Offset, type PartitionId, toOffset } from '../../types';
import type { Operation, SpanLink } from './operation';

/** `traceparent` of W3C Trace Context level 1 and 2; later versions may append fields, which are not ours to read. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZERO_TRACE_ID = '0'.repeat(32);
const ZERO_SPAN_ID = '0'.repeat(16);
const TRACEPARENT_LENGTH_MAX = 512;

export interface TraceParent extends SpanLink {
  readonly sampled: boolean;
}

/** Undefined where the text is not a valid traceparent. */
export function parseTraceParent(text: string): TraceParent | undefined {
  if (text.length > TRACEPARENT_LENGTH_MAX) return undefined;
  const match = TRACEPARENT.exec(text);
  if (match === null) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || traceId === ZERO_TRACE_ID || spanId === ZERO_SPAN_ID) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The operation that wrote records. */
type SpanWriter = Pick<Operation, 'traceId' | 'spanId' | 'whenDecided'>;

/** A span of an application that made records, and where they are. */
export interface ProducerSpan extends SpanLink {
  readonly first: Offset;
  readonly last: Offset;
  /** The span in the application's trace that tells of the storage; undefined where none was exported. */
  readonly storedSpanId: string | undefined;
}

/** A run of offsets that one span wrote. */
export interface WrittenOffsets {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
}

/** In the order of their offsets; those that are gone leave when they are many. */
interface PartitionRuns {
  readonly key: string;
  runs: Run[];
  goneCount: number;
}

interface Run {
  readonly home: PartitionRuns;
  readonly first: number;
  readonly last: number;
  /** Of whoever made the records. */
  readonly producers: readonly ProducerSpan[];
  /** The span that wrote them, once it is certain that it will be there to look at. */
  link: SpanLink | undefined;
  gone: boolean;
}

const GONE_RUNS_MIN = 32;
const RUNS_MAX = 16_384;
const LINKS_PER_FETCH_MAX = 32;

export class TraceLinks {
  /** All partitions share one bound. */
  readonly #partitions = new Map<string, PartitionRuns>();
  readonly #ring: (Run | undefined)[];
  #next = 0;
  /** Runs that producers are known of. */
  #madeRuns = 0;

  constructor(runsMax = RUNS_MAX) {
    this.#ring = new Array<Run | undefined>(runsMax).fill(undefined);
  }

  /** Remembers who wrote the offsets, as long as there is something to point at: the writer's span where it is kept, the producers'. */
  written(offsets: WrittenOffsets, writer: SpanWriter, producers: readonly ProducerSpan[]): void {
    const { baseOffset: first, lastOffset: last } = offsets;
    const home = this.#homeOf(keyOf(offsets), first);
    const run: Run = { home, first, last, producers, link: undefined, gone: false };
    home.runs.push(run);
    if (producers.length > 0) this.#madeRuns++;
    writer.whenDecided((shown) => {
      if (shown) run.link = { traceId: writer.traceId, spanId: writer.spanId };
      if (shown || producers.length > 0) this.#remember(run);
      else this.#drop(run);
    });
  }

  /**
   * Distinct spans that made or wrote records from `baseOffset` to `lastOffset`, at most 32, in the order of their records; as far as it is
   * decided now that they are kept. A fetch that a record woke before its produce was answered may find nobody.
   */
  linksFor(offsets: WrittenOffsets): readonly SpanLink[] {
    const runs = this.#partitions.get(keyOf(offsets))?.runs ?? [];
    const links = new Map<string, SpanLink>();
    const add = (link: SpanLink): void => {
      if (links.size < LINKS_PER_FETCH_MAX) links.set(link.spanId, link);
    };
    for (let index = firstEndingAtOrAfter(runs, offsets.baseOffset); index < runs.length; index++) {
      const run = runs[index];
      if (run === undefined || run.first > offsets.lastOffset || links.size >= LINKS_PER_FETCH_MAX) break;
      if (run.gone) continue;
      for (const { traceId, spanId } of run.producers) add({ traceId, spanId });
      if (run.link !== undefined) add(run.link);
    }
    return [...links.values()];
  }

  /** Sampled spans that made records from `baseOffset` to `lastOffset`, at most 32. Costs nothing while none is known of any topic. */
  producersOf(offsets: WrittenOffsets): readonly ProducerSpan[] {
    if (this.#madeRuns === 0) return NO_PRODUCERS;
    const runs = this.#partitions.get(keyOf(offsets))?.runs ?? [];
    const found: ProducerSpan[] = [];
    for (let index = firstEndingAtOrAfter(runs, offsets.baseOffset); index < runs.length; index++) {
      const run = runs[index];
      if (run === undefined || run.first > offsets.lastOffset) break;
      if (run.gone) continue;
      for (const producer of run.producers) {
        if (producer.last < offsets.baseOffset || producer.first > offsets.lastOffset) continue;
        if (found.length >= LINKS_PER_FETCH_MAX) return found;
        found.push(producer);
      }
    }
    return found;
  }

  /** The offsets from the first to the last of which nothing is remembered; undefined where there is none. */
  unknownIn(offsets: WrittenOffsets): WrittenOffsets | undefined {
    const { lastOffset } = offsets;
    const runs = this.#partitions.get(keyOf(offsets))?.runs ?? [];
    let first: number | undefined;
    let last = -1;
    let next: number = offsets.baseOffset;
    for (let index = firstEndingAtOrAfter(runs, offsets.baseOffset); index < runs.length; index++) {
      const run = runs[index];
      if (run === undefined || run.first > lastOffset) break;
      if (run.gone) continue;
      if (run.first > next) [first, last] = [first ?? next, run.first - 1];
      next = run.last + 1;
    }
    if (next <= lastOffset) [first, last] = [first ?? next, lastOffset];
    return first === undefined ? undefined : { ...offsets, baseOffset: toOffset(first), lastOffset: toOffset(last) };
  }

  #homeOf(key: string, first: Offset): PartitionRuns {
    const known = this.#partitions.get(key);
    // Offsets that go back are those of a topic made anew, or of an append repeated: what was known is void.
    if (known !== undefined && (known.runs.at(-1)?.last ?? -1) < first) return known;
    const home = { key, runs: [], goneCount: 0 };
    this.#partitions.set(key, home);
    return home;
  }

  /** Gives the run a place in the ring; the oldest one is forgotten for it. */
  #remember(run: Run): void {
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#drop(oldest);
    this.#ring[this.#next] = run;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  #drop(run: Run): void {
    const { home } = run;
    run.gone = true;
    if (run.producers.length > 0) this.#madeRuns--;
    home.goneCount += 1;
    const liveCount = home.runs.length - home.goneCount;
    if (liveCount === 0 && this.#partitions.get(home.key) === home) this.#partitions.delete(home.key);
    if (home.goneCount < GONE_RUNS_MIN + liveCount) return;
    home.runs = home.runs.filter(({ gone }) => !gone);
    home.goneCount = 0;
  }
}

const NO_PRODUCERS: readonly ProducerSpan[] = [];

/** Runs are sorted by offset. */
function firstEndingAtOrAfter(runs: readonly Run[], offset: Offset): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.last ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const keyOf = (at: { readonly topic: string; readonly partition: PartitionId }): string =>
  `${at.topic}\u0000${String(at.partition)}`;
