/**
 * @kafkajs/confluent-schema-registry and kafkajs: values serialized with schemas of the registry, produced, consumed and
 * deserialized by a reader that knows nothing but the id in each value.
 */
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel, Partitioners } from 'kafkajs';

const COUNT = 20;

type Format = Parameters<SchemaRegistry['register']>[0] & { readonly type: SchemaType; readonly schema: string };

export const FORMATS: Readonly<Record<'Avro' | 'JSON Schema' | 'Protobuf', Format>> = {
  Avro: {
    type: SchemaType.AVRO,
    schema: JSON.stringify({
      type: 'record',
      name: 'Order',
      namespace: 'seaglass.kafkajs',
      fields: [
        { name: 'customer', type: 'string' },
        { name: 'amount', type: 'int' },
      ],
    }),
  },
  'JSON Schema': {
    type: SchemaType.JSON,
    schema: JSON.stringify({
      type: 'object',
      properties: { customer: { type: 'string' }, amount: { type: 'integer' } },
      required: ['customer', 'amount'],
    }),
  },
  Protobuf: {
    type: SchemaType.PROTOBUF,
    schema: 'syntax = "proto3"; package seaglass.kafkajs; message Order { string customer = 1; int32 amount = 2; }',
  },
};

export const ORDERS = Array.from({ length: COUNT }, (_, index) => ({ customer: `c-${index} ü`, amount: index + 1 }));

export interface Place {
  readonly bootstrap: string;
  readonly registry: string;
}

/** Registers the schema for the topic, which it creates, and produces ORDERS. */
export async function produceOrders(place: Place, topic: string, { type, schema }: Format): Promise<void> {
  const registry = new SchemaRegistry({ host: place.registry });
  const { id } = await registry.register({ type, schema }, { subject: `${topic}-value` });
  const messages = await Promise.all(ORDERS.map(async (order) => ({ value: await registry.encode(id, order) })));
  const kafka = connectTo(place);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
}

/** The topic's values, deserialized. */
export async function consumeOrders(place: Place, topic: string, groupId: string): Promise<readonly unknown[]> {
  const registry = new SchemaRegistry({ host: place.registry });
  const consumer = connectTo(place).consumer({ groupId, maxWaitTimeInMs: 500 });
  const orders: unknown[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          eachMessage: async ({ message }) => {
            const order: unknown = await registry.decode(message.value ?? Buffer.alloc(0));
            // Avro and Protobuf readers make objects of classes of their own.
            orders.push(JSON.parse(JSON.stringify(order)));
            if (orders.length === COUNT) resolve();
          },
        })
        .catch(reject);
    });
    return orders;
  } finally {
    await consumer.disconnect();
  }
}

function connectTo({ bootstrap }: Place): Kafka {
  return new Kafka({ clientId: 'orders', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 3 } });
}
