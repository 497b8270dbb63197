/** Troubles that a real SeaweedMQ is not easily made to have: gateways before a scripted one; and a group that stands still. */
import { status } from '@grpc/grpc-js';
import { createMetadataRequest, createMetadataRequestTopic } from '../../src/protocol/generated/metadata';
import { GroupMember } from '../support/group-member';
import { type KafkaClient, METADATA } from '../support/kafka-client';
import type { GatewayProcess } from '../support/gateway-process';
import { type ScriptedSeaweedMQ, startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { clientOf, closeLater, start } from './gateways';
import type { Trouble } from './told';

export const UNACKED = 'broker that takes appends and acks none';
export const UNWRITTEN = 'broker that acks and does not write';
const TOPIC = 'orders';
const FLUSH_MS = 1_000;
/** As many failures as open a breaker. */
const NEW_TOPICS = ['a', 'b', 'c', 'd', 'e'].map((letter) => `new-${letter}`);
/** A breaker is told for ten seconds since the last call; and so seldom are failed requests no trouble of their own. */
const ASK_MS = 7_000;

interface Scripted {
  readonly gateway: GatewayProcess;
  readonly mq: ScriptedSeaweedMQ;
  /** host:port of its filer's gRPC service. */
  readonly filer: string;
  /** It writes what it acks, until it is told not to. */
  flushes(does: boolean): void;
}

/** Its filer is at an address of its own. */
export async function startScripted(): Promise<Scripted> {
  const mq = await startScriptedSeaweedMQ({ filerApart: true });
  closeLater(() => mq.stop());
  const gateway = await start(['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer]);
  let isFlushing = true;
  const flush = (): void => {
    if (isFlushing) mq.flush(TOPIC, 0, { sameFile: true });
  };
  const timer = setInterval(flush, FLUSH_MS);
  closeLater(() => clearInterval(timer));
  return { gateway, mq, filer: mq.filer.replace(/:\d+\./, ':'), flushes: (does) => void (isFlushing = does) };
}

/** A filer that answers, and takes no entry. */
export const takesNothing = (instance: string, { mq, filer }: Scripted): Trouble => ({
  ...{ trouble: 'filer that takes no entry', instance, alert: 'SeaglassFilerFailing', target: filer },
  fails: 'OffsetCommit',
  begin: () => (mq.switches.storing = { fail: { code: status.INTERNAL, message: 'leveldb: closed' } }),
  end: () => (mq.switches.storing = 'normal'),
});

/** A broker that takes appends, and acks none of them. */
export const acksNothing = (instance: string, { mq }: Scripted): Trouble => ({
  ...{ trouble: UNACKED, instance, alert: 'SeaglassPublisherNotAcked', target: mq.address, fails: 'Produce' },
  begin: () => (mq.switches.publishAck = 'never'),
  end: () => (mq.switches.publishAck = 'normal'),
});

/** A broker that acks, and writes nothing of it to its filer. */
export const unwritten = (instance: string, { mq, flushes }: Scripted): Trouble => ({
  ...{ trouble: UNWRITTEN, instance, alert: 'SeaglassNotFlushing', target: mq.address },
  begin: () => flushes(false),
  end: () => flushes(true),
});

/** One kind of call fails, too seldom asked for to make many requests fail: topics are made. */
export function failingCalls(instance: string, { mq, gateway }: Scripted): Trouble {
  return {
    ...{ trouble: 'calls of one kind that fail', instance, alert: 'SeaglassBreakerOpen', target: mq.address },
    async begin() {
      mq.switches.configureTopic = { fail: { code: status.UNAVAILABLE, message: 'not ready' } };
      const client = await clientOf(gateway, 'admin');
      await ask(client, NEW_TOPICS);
      const timer = setInterval(() => void ask(client, NEW_TOPICS.slice(0, 1)).catch(() => undefined), ASK_MS);
      closeLater(() => client.close());
      closeLater(() => clearInterval(timer));
    },
    end: () => (mq.switches.configureTopic = 'normal'),
  };
}

/** They are made for whoever asks for them. */
const ask = (client: KafkaClient, names: readonly string[]): Promise<unknown> =>
  client.call(
    METADATA,
    createMetadataRequest({
      topics: names.map((name) => createMetadataRequestTopic({ name })),
      allowAutoTopicCreation: true,
    }),
  );

/** A group with a member, and with records to read, that has committed one offset and goes no further. */
export function standsStill(instance: string, gateway: Pick<GatewayProcess, 'bootstrap'>, group: string): Trouble {
  let member: GroupMember | undefined;
  return {
    ...{ trouble: 'group that stands still', instance, alert: 'SeaglassGroupStuck', target: group },
    async begin() {
      const client = await clientOf(gateway, `${group}-svc`);
      closeLater(() => client.close());
      member = new GroupMember(client, group, { sessionTimeoutMs: 300_000 });
      await member.enter();
      await member.sync();
      await member.commit(TOPIC, 1);
    },
    end: () => member?.leave(),
  };
}
