/**
 * A bare gRPC client of SeaweedMQ, in a process of its own: the least that the engine's protocol costs from Node. What it reaches
 * is what the gateway is measured against on the same engine. Arguments: mode, broker address, topic, records, record size,
 * partitions (default 1). Prints one line: records per second, or p50_us p99_us p999_us for `latency`.
 */
import { credentials, Metadata } from '@grpc/grpc-js';
import type { Partition } from '../../src/rpc/mq_schema';
import { OffsetType } from '../../src/rpc/mq_schema';
import { SeaweedMessagingClient, type DataMessage } from '../../src/rpc/mq_broker';

const [mode = '', address = '', topicName = '', recordsText = '0', bytesText = '0', partitionsText = '1'] =
  process.argv.slice(2);
const records = Number(recordsText);
const recordBytes = Number(bytesText);
const partitionCount = Number(partitionsText);
const topic = { namespace: 'kafka', name: topicName };
const client = new SeaweedMessagingClient(address, credentials.createInsecure(), {
  'grpc.max_receive_message_length': -1,
});

function assignments(): Promise<Partition[]> {
  return new Promise((resolve, reject) => {
    client.configureTopic(
      { topic, partitionCount, retention: undefined },
      new Metadata(),
      { deadline: Date.now() + 20_000 },
      (error, answer) => {
        const assigned = answer?.brokerPartitionAssignments.flatMap(({ partition }) => partition ?? []) ?? [];
        if (error || assigned.length !== partitionCount) {
          reject(error ?? new Error(`${assigned.length} partitions were assigned, expected ${partitionCount}`));
        } else resolve(assigned);
      },
    );
  });
}

async function onlyAssignment(): Promise<Partition> {
  const [partition] = await assignments();
  if (partition === undefined) throw new Error('no partition was assigned');
  return partition;
}

function openPublisher(partition: Partition, onAck: () => void): Promise<(value: Uint8Array) => boolean> {
  return new Promise((resolve, reject) => {
    const stream = client.publishMessage();
    let hello = false;
    stream.on('error', reject);
    stream.on('data', (answer: { error: string }) => {
      if (answer.error) reject(new Error(answer.error));
      else if (hello) onAck();
      else {
        hello = true;
        resolve((value) =>
          stream.write({
            message: { $case: 'data', data: { key: new Uint8Array(0), value, tsNs: 0n, ctrl: undefined } },
          }),
        );
      }
    });
    stream.write({
      message: { $case: 'init', init: { topic, partition, ackInterval: 1, followerBroker: '', publisherName: 'bare' } },
    });
  });
}

function subscribe(partition: Partition, offset: bigint, onData: (message: DataMessage) => void): () => void {
  const stream = client.subscribeMessage();
  let closed = false;
  stream.on('error', (error: Error) => {
    if (!closed) fail(error);
  });
  stream.on('data', (frame: { message?: { $case: string; data?: DataMessage } }) => {
    if (frame.message?.$case === 'data' && frame.message.data) onData(frame.message.data);
  });
  stream.write({
    message: {
      $case: 'init',
      init: {
        consumerGroup: `bare-${process.pid}-${partition.rangeStart}`,
        consumerId: `bare-${process.pid}-${partition.rangeStart}`,
        clientId: 'bare',
        topic,
        offsetType: OffsetType.EXACT_OFFSET,
        partitionOffset: { partition, startTsNs: 0n, startOffset: offset },
        filter: '',
        followerBroker: '',
        slidingWindowSize: 1_000,
      },
    },
  });
  return () => {
    closed = true;
    stream.cancel();
  };
}

function fail(error: Error): void {
  console.error(error);
  process.exit(1);
}

/** At most this many records are on their way unacked, as a producer with batches in flight has. */
const IN_FLIGHT_MAX = 10_000;

async function publish(): Promise<void> {
  const partitions = await assignments();
  const value = new Uint8Array(recordBytes).fill(120);
  let sent = 0;
  let acked = 0;
  let wake: () => void = () => undefined;
  const onAck = (): void => {
    acked += 1;
    if (acked === records || sent - acked === IN_FLIGHT_MAX / 2) wake();
  };
  const writers = await Promise.all(partitions.map((partition) => openPublisher(partition, onAck)));
  const start = process.hrtime.bigint();
  while (sent < records) {
    while (sent < records && sent - acked < IN_FLIGHT_MAX) {
      writers[sent % writers.length]?.(value);
      sent += 1;
    }
    if (acked < records) await new Promise<void>((resolve) => (wake = resolve));
  }
  while (acked < records) await new Promise<void>((resolve) => (wake = resolve));
  console.log(String(records / (Number(process.hrtime.bigint() - start) / 1e9)));
}

async function receive(): Promise<void> {
  const partitions = await assignments();
  const start = process.hrtime.bigint();
  let seen = 0;
  await new Promise<void>((resolve) => {
    for (const partition of partitions) {
      subscribe(partition, 0n, () => {
        seen += 1;
        if (seen === records) resolve();
      });
    }
  });
  console.log(String(records / (Number(process.hrtime.bigint() - start) / 1e9)));
}

/** A subscription that the broker forgot to wake is opened again; the wait counts. */
const SILENT_MS_MAX = 1_000;

/**
 * From the write of a record to its arrival at a subscriber that waits at the tail. A subscription for each record: on SeaweedFS 4.48 one
 * that waits at the tail brings its first record and then, often, none of those written behind it.
 */
async function latency(): Promise<void> {
  const partition = await onlyAssignment();
  const value = new Uint8Array(recordBytes).fill(120);
  const warmUp = Math.min(500, records);
  const micros: number[] = [];
  const write = await openPublisher(partition, () => undefined);
  let next = await highWatermark(partition);
  for (let index = -warmUp; index < records; index += 1) {
    let arrived: (atNs: bigint) => void = () => undefined;
    const arrival = new Promise<bigint>((resolve) => (arrived = resolve));
    const open = (): (() => void) => subscribe(partition, next, () => arrived(process.hrtime.bigint()));
    let close = open();
    // Asked behind the subscription on its connection: by the answer the broker has it.
    await highWatermark(partition);
    const start = process.hrtime.bigint();
    write(value);
    const silent = setInterval(() => {
      close();
      close = open();
    }, SILENT_MS_MAX);
    const atNs = await arrival;
    clearInterval(silent);
    close();
    next += 1n;
    if (index >= 0) micros.push(Number(atNs - start) / 1_000);
  }
  micros.sort((left, right) => left - right);
  const at = (quantile: number): number =>
    Math.round(micros[Math.min(micros.length - 1, Math.floor(micros.length * quantile))] ?? 0);
  console.log(`${at(0.5)} ${at(0.99)} ${at(0.999)}`);
}

function highWatermark(partition: Partition): Promise<bigint> {
  return new Promise((resolve, reject) => {
    client.getPartitionRangeInfo(
      { topic, partition },
      new Metadata(),
      { deadline: Date.now() + 10_000 },
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer.offsetRange?.highWaterMark ?? 0n);
      },
    );
  });
}

const modes: Readonly<Record<string, () => Promise<void>>> = { publish, receive, latency };
const chosen = modes[mode];
if (!chosen) fail(new Error(`mode: expected ${Object.keys(modes).join(', ')}, got ${mode}`));
else void chosen().then(() => process.exit(0), fail);
