/** /api/verdicts: records that were found wrong, what was stored and what came, by length and checksum, the newest first. */
import type { ValueProof } from '../../audit/verdict';
import type { VerdictEntry } from '../../audit/verdict-history';
import { toPartitionId } from '../../types';
import type { ConsoleSources } from '../sources';
import { wholeNumber } from './parameters';
import { ok, type Route } from './route';

const ENTRIES_SHOWN = 500;

/**
 * `?topic=` and `?partition=` say of which; without them all. `total` entries are about `records` records, and `isAll` says whether older
 * ones were forgotten.
 */
export const verdictsRoute = ({ verdicts }: Pick<ConsoleSources, 'verdicts'>): Route => ({
  method: 'GET',
  path: '/api/verdicts',
  summary: 'records that were found wrong (?topic=, ?partition=)',
  answer: ({ query }) => {
    const topic = query.get('topic');
    const partition = query.has('partition')
      ? toPartitionId(wholeNumber(query, 'partition', { initial: 0 }))
      : undefined;
    const found = verdicts.list({
      ...(topic === null ? {} : { topic }),
      ...(partition === undefined ? {} : { partition }),
    });
    const records = found.reduce((sum, each) => sum + each.records, 0);
    const shown = found.slice(0, ENTRIES_SHOWN).map(shownVerdict);
    return ok({ total: found.length, records, isAll: !verdicts.hasForgotten, verdicts: shown });
  },
});

function shownVerdict(entry: VerdictEntry) {
  const { topic, partition, offset, records, verdict, repaired, firstMs, lastMs, times, consumer, traceId } = entry;
  return {
    ...{ topic, partition, offset, records, verdict, repaired, firstMs, lastMs, times, consumer, traceId },
    expected: inWords(entry.expected),
    got: inWords(entry.got),
    producer: entry.origin?.clientId,
    producerTraceId: entry.origin?.traceId,
  };
}

/** Undefined where it is not known. */
export function inWords(proof: ValueProof | undefined): string | undefined {
  if (proof === undefined) return undefined;
  return proof.length < 0 ? 'null' : `${proof.length} B`;
}
