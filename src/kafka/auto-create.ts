/** auto.create.topics.enable: a topic that a client named comes to be, once, however many ask for it at the same time. */
import { actorOf, type AuditedRequest } from '../audit-trail/audit-trail';
import type { Topic } from '../engine/engine';
import { EngineError } from '../engine-error';
import { metadataApi } from '../protocol/generated/metadata';
import { traceIds } from '../telemetry/log/log';
import type { CallContext } from '../telemetry/trace/operation';
import { withinClientTimeout } from '../waiting/give-up';
import type { Services } from './services';
import { CLUSTER_METADATA_TOPIC, isInternalTopic, namesCollide } from './topic-names';

/** Whoever asks for a topic that is not there did not ask for its making, and is not made to wait long for it. */
const TIMEOUT_MS = 3_000;

/** Throws EngineError; 'topic_not_found' for a name that is the broker's own, or that metrics could not tell from another's. */
export async function autoCreateTopic(
  name: string,
  services: Services,
  context: CallContext,
  asker: AuditedRequest,
): Promise<Topic> {
  const { engine, settings } = services;
  if (isInternalTopic(name) || name === CLUSTER_METADATA_TOPIC) {
    throw new EngineError('topic_not_found', `${name} is not made for clients`);
  }
  if (name.includes('.') || name.includes('_')) {
    const other = (await engine.topics(context)).find((topic) => topic.name !== name && namesCollide(topic.name, name));
    if (other !== undefined) throw new EngineError('topic_not_found', `${name} collides with ${other.name}`);
  }
  try {
    const partitionCount = settings.defaultPartitionCount;
    const topic = { name, partitionCount, configs: new Map<string, string>() };
    const limits = { clock: services.clock, timeoutMs: TIMEOUT_MS };
    const made = await withinClientTimeout(context, limits, (inner) => engine.createTopic(topic, inner));
    tellMade(made, services, asker);
    return made;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'topic_exists') throw error;
    const topic = await engine.topic(name, context);
    if (topic === undefined) throw error;
    return topic;
  }
}

function tellMade({ name, partitionCount }: Topic, { auditTrail }: Services, asker: AuditedRequest): void {
  auditTrail.record({
    kind: 'topic_created',
    actor: actorOf(asker),
    api: metadataApi.name,
    resource: { type: 'topic', name },
    verdict: 'allowed',
    rule: 'auto.create.topics.enable',
    detail: `partitions=${partitionCount}`,
    trace: traceIds(asker.operation),
  });
}
