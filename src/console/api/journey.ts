/** /api/journey: what became of one record. `?format=text` for people. */
import { toOffset, toPartitionId } from '../../types';
import { journey } from '../explain/journey';
import { journeyText } from '../explain/journey-text';
import type { ExplainSources } from '../explain/sources';
import { type Reply, type Route, refused } from './route';

const WHOLE = /^\d{1,15}$/;

export const journeyRoute = (sources: ExplainSources): Route => ({
  method: 'GET',
  path: '/api/journey',
  summary: 'what became of one record: ?topic=, ?partition=, ?offset=, format=text',
  answer: ({ query }) => answer(query, sources),
});

async function answer(query: URLSearchParams, sources: ExplainSources): Promise<Reply> {
  const topic = query.get('topic') ?? '';
  const partition = query.get('partition') ?? '';
  const offset = query.get('offset') ?? '';
  if (topic === '' || !WHOLE.test(partition) || !WHOLE.test(offset))
    return refused('topic, and partition and offset as whole numbers, are needed');
  const place = { topic, partition: toPartitionId(Number(partition)), offset: toOffset(Number(offset)) };
  const found = await journey(place, sources);
  if (found === undefined)
    return { status: 404, body: { error: `there is no partition ${partition} of a topic ${topic}` } };
  return { status: 200, body: query.get('format') === 'text' ? journeyText(found) : found };
}
