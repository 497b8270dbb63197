/**
 * One produce request under way: every partition's records are checked, then all are appended side by side, in the order of the
 * connection's requests. Ends within the client's timeout and a little; what is not acked by then is REQUEST_TIMED_OUT, and may have
 * happened.
 */
import { setMaxListeners } from 'node:events';
import type { AppendResult, Partition, Topic } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import { endFailed } from '../../waiting/phase';
import { ErrorCode } from '../../protocol/error-code';
import {
  createBatchIndexAndErrorMessage,
  createPartitionProduceResponse,
  produceApi,
  type PartitionProduceData,
  type PartitionProduceResponse,
  type ProduceRequest,
} from '../../protocol/generated/produce';
import type { ValidatedBatch } from '../../protocol/validate-batch';
import { clientName } from '../../telemetry/trace/client-name';
import type { CallContext, Operation } from '../../telemetry/trace/operation';
import { toOffset } from '../../types';
import type { RequestContext } from '../api/define-api';
import { errorCodeOf } from '../error-mapping';
import { DENIED, findAllowedTopic, hasPartition, type FoundTopic } from '../find-topic';
import { giveUpAfter } from '../../waiting/give-up';
import type { Services } from '../services';
import { describeTopics } from '../request-topics';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { isInternalTopic } from '../topic-names';
import { toldStored } from '../application-trace';
import { tellUse } from '../audited/tell-use';
import { effectiveTopicConfig } from '../effective-topic-config';
import { partitionKey } from './active-producers';
import { checkBatch } from './check-batch';
import { withCreateTimes } from './create-times';
import { type MadeRecords, ProducerLinks } from './producer-links';
import { ProduceRefusal, tellsLogStart } from './produce-refusal';
import { recompressed } from './recompress';

/** One partition's part of the request. */
interface Part {
  readonly data: PartitionProduceData;
  readonly topic: Topic | undefined;
  readonly partition: Partition | undefined;
  /** What is appended; with a codec of the topic's own, no longer what `batch` tells of. */
  readonly records: Uint8Array;
  /** Undefined where it is refused. */
  readonly batch: ValidatedBatch | undefined;
  /** The trace contexts of whoever made the records. */
  readonly producers: readonly MadeRecords[];
  /** Why it is not appended. */
  readonly refusal: { readonly answer: PartitionProduceResponse; readonly tellsLogStart: boolean } | undefined;
}

/** A part whose records went to the engine. */
type Sent = Part & { readonly topic: Topic; readonly partition: Partition; readonly batch: ValidatedBatch };

/** A client that names no time of its own gets this. */
const TIMEOUT_MS_UNNAMED = 1_000;

export class ProduceRun {
  readonly #services: Services;
  readonly #context: RequestContext;
  readonly #request: ProduceRequest;
  readonly #allows: (topic: string) => boolean;

  constructor(request: ProduceRequest, context: RequestContext, services: Services) {
    this.#request = request;
    this.#context = context;
    this.#services = services;
    const access = accessOf(context, services);
    this.#allows = (topic) => access.allows(AUTHORIZATION.produce.topic, topic);
  }

  /** One answer for each partition of each topic, in the order of the request. Never rejects. */
  async run(): Promise<readonly (readonly PartitionProduceResponse[])[]> {
    const services = this.#services;
    const context = this.#context;
    const request = this.#request;
    const askedMs = request.timeoutMs > 0 ? request.timeoutMs : TIMEOUT_MS_UNNAMED;
    const timeoutMs = Math.min(askedMs, services.settings.requestTimeoutMsMax);
    context.operation.setBudget(timeoutMs);
    // Not the connection's signal: what a client has sent is appended, whether it stays for the answer or not.
    const giveUp = giveUpAfter(timeoutMs, UNTIL_TIMEOUT, services.clock);
    const inner = { operation: context.operation, signal: giveUp.signal };
    const late = giveUp.reached.then(() => undefined);
    try {
      const topics = await Promise.race([
        Promise.all(request.topicData.map((each) => this.#topicOf(each, inner))),
        late,
      ]);
      const parts = request.topicData.map(({ partitionData }, index) =>
        partitionData.map((data) => this.#check(data, topics?.[index] ?? LATE)),
      );
      describeParts(context.operation, parts.flat());
      if (context.effectsTurn !== undefined) await Promise.race([context.effectsTurn, late]);
      const appended = parts.map((topic) => topic.map((part) => this.#append(part, inner, late)));
      context.effectsBegun();
      return await Promise.all(appended.map((topic) => Promise.all(topic)));
    } finally {
      giveUp.end();
    }
  }

  async #topicOf({ name, topicId }: ProduceRequest['topicData'][number], context: CallContext): Promise<FoundTopic> {
    if (isInternalTopic(name)) return this.#allows(name) ? NOT_WRITABLE : DENIED;
    const wanted = { activity: 'produce', allows: this.#allows } as const;
    return findAllowedTopic({ name, id: topicId }, wanted, this.#services, context);
  }

  #check(data: PartitionProduceData, { topic, errorCode }: FoundTopic): Part {
    const records = data.records ?? NO_BYTES;
    const unserved = (code: ErrorCode): Part => {
      const refusal = { answer: answer(data, { errorCode: code }), tellsLogStart: false };
      return { ...NO_PART, data, topic, refusal };
    };
    if (topic === undefined) return unserved(errorCode);
    if (isInternalTopic(topic.name)) return unserved(ErrorCode.INVALID_TOPIC_EXCEPTION);
    if (!hasPartition(topic, data.index)) return unserved(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const partition = this.#services.engine.partition(topic, data.index);
    try {
      const { apiVersion } = this.#context;
      const config = effectiveTopicConfig(topic, this.#services.settings);
      const looked = new ProducerLinks();
      const inspect = (section: Uint8Array): void => looked.look(section);
      const checked = checkBatch(data.records, topic, { apiVersion, services: this.#services, inspect });
      const received = records.subarray(0, checked.header.bytes);
      const batch = config.logAppendTime ? checked : withCreateTimes(received, checked);
      const stored = recompressed(received, batch, config);
      return { data, topic, partition, records: stored, batch, producers: looked.links, refusal: undefined };
    } catch (error) {
      const refusal = { answer: this.#failed(data, error), tellsLogStart: tellsLogStart(error) };
      return { ...NO_PART, data, topic, partition, refusal };
    }
  }

  #append(part: Part, context: CallContext, late: Promise<undefined>): Promise<PartitionProduceResponse> {
    const { refusal, partition } = part;
    if (refusal !== undefined) {
      const { answer } = refusal;
      const isComplete = partition === undefined || !refusal.tellsLogStart;
      return isComplete ? Promise.resolve(answer) : withLogStart(answer, partition, context);
    }
    return Promise.race([this.#send(part, context), late.then(() => timedOut(part))]);
  }

  async #send(part: Part, context: CallContext): Promise<PartitionProduceResponse> {
    const { data, topic, partition, records, batch, producers } = part;
    if (topic === undefined || partition === undefined || batch === undefined) {
      return answer(data, { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    }
    const send = context.operation.child('send', {
      spanName: `send ${topic.name}`,
      budgetMs: Math.max(TIMEOUT_MS_UNNAMED, this.#request.timeoutMs),
      attributes: {
        'messaging.system.name': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic.name,
        'messaging.destination.partition.id': String(data.index),
        'messaging.batch.message_count': batch.header.recordCount,
        'seaglass.bytes': records.byteLength,
      },
    });
    try {
      for (const { traceId, spanId, sampled } of producers) {
        send.link({ traceId, spanId });
        if (sampled) send.flag('client_sampled');
      }
      const inner = { operation: send, signal: context.signal };
      const origin = { clientId: clientName(this.#context.clientId), traceId: producers[0]?.traceId ?? send.traceId };
      const result = await partition.append({ batch: records, census: batch.census, origin }, inner);
      this.#acked({ ...part, topic, partition, batch }, result, send);
      send.end('ok');
      return answer(data, {
        baseOffset: result.baseOffset,
        logAppendTimeMs: result.logAppendTimeMs,
        logStartOffset: result.logStartOffset,
      });
    } catch (error) {
      endFailed(send, error);
      const refused = this.#failed(data, error);
      if (refused.errorCode === ErrorCode.REQUEST_TIMED_OUT) return withKnownLogStart(refused, partition);
      return tellsLogStart(error) ? withLogStart(refused, partition, context) : refused;
    }
  }

  #acked({ data, topic, partition, records, batch, producers }: Sent, result: AppendResult, send: Operation): void {
    const { header } = batch;
    const count = header.recordCount;
    send.set('kafka.offset', result.baseOffset);
    if (result.duplicate) {
      send.set('seaglass.duplicate', true);
      return;
    }
    this.#services.activeProducers.acked(partitionKey(topic.id, data.index), header, result.logAppendTimeMs);
    const { instruments } = this.#services.telemetry;
    instruments.add('seaglass_produced_bytes_total', { topic: topic.name }, records.byteLength);
    tellUse('topic_written', { api: produceApi, topic: topic.name }, this.#context, this.#services);
    const { baseOffset } = result;
    const lastOffset = toOffset(baseOffset + count - 1);
    const offsets = { topic: topic.name, partition: data.index, baseOffset, lastOffset };
    const { applicationSpans } = this.#services.telemetry;
    const madeBy = toldStored(applicationSpans, producers, offsets, { context: this.#context, send });
    this.#services.valueWatch.written(offsets, send, madeBy);
    const written = { bytes: records.byteLength, client: clientName(this.#context.clientId), ...offsets };
    const address = this.#context.session.clientAddress;
    this.#services.writeHistory.wrote({ address, ...written }, partition, this.#services.clock.nowMs());
  }

  #failed(data: PartitionProduceData, error: unknown): PartitionProduceResponse {
    if (error instanceof ProduceRefusal) {
      return answer(data, {
        errorCode: error.errorCode,
        errorMessage: error.message,
        recordErrors: error.records.map(({ batchIndex, message }) =>
          createBatchIndexAndErrorMessage({ batchIndex, batchIndexErrorMessage: message }),
        ),
      });
    }
    const errorMessage = error instanceof EngineError ? error.message : null;
    return answer(data, { errorCode: errorCodeOf(error, 'produce'), errorMessage });
  }
}

/** Of what could be checked; a topic that is not known is not named. */
function describeParts(operation: Operation, parts: readonly Part[]): void {
  let records = 0;
  let bytes = 0;
  for (const { batch, data } of parts) {
    records += batch?.header.recordCount ?? 0;
    bytes += data.records?.byteLength ?? 0;
  }
  describeTopics(operation, topicsOf(parts));
  operation.set('messaging.batch.message_count', records).set('seaglass.bytes', bytes);
}

function* topicsOf(parts: readonly Part[]): Iterable<string> {
  for (const { topic } of parts) yield topic?.name ?? '';
}

const NOT_WRITABLE: FoundTopic = { topic: undefined, errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION };
const LATE: FoundTopic = { topic: undefined, errorCode: ErrorCode.REQUEST_TIMED_OUT };
const NO_BYTES = new Uint8Array(0);
const NO_PART = { partition: undefined, records: NO_BYTES, batch: undefined, producers: [] } as const;
const NO_OFFSET = toOffset(-1);
const UNTIL_TIMEOUT = new AbortController().signal;
setMaxListeners(0, UNTIL_TIMEOUT);

function timedOut({ data, partition }: Part): PartitionProduceResponse {
  const errorMessage = 'The engine did not ack the records in time.';
  const late = answer(data, { errorCode: ErrorCode.REQUEST_TIMED_OUT, errorMessage });
  return partition === undefined ? late : withKnownLogStart(late, partition);
}

/** The answer with where the log begins as it was last heard: there is no time left to ask. */
function withKnownLogStart(refused: PartitionProduceResponse, { known }: Partition): PartitionProduceResponse {
  return known === undefined ? refused : { ...refused, logStartOffset: known.logStartOffset };
}

/** The answer with where the log begins; without it, which is -1, where the engine does not say so in time. */
async function withLogStart(
  refused: PartitionProduceResponse,
  partition: Partition,
  context: CallContext,
): Promise<PartitionProduceResponse> {
  const range = await partition.recentRange(context).catch(() => undefined);
  return range === undefined ? refused : { ...refused, logStartOffset: range.logStartOffset };
}

function answer({ index }: PartitionProduceData, fields: Partial<PartitionProduceResponse>): PartitionProduceResponse {
  return createPartitionProduceResponse({ index, baseOffset: NO_OFFSET, ...fields });
}
