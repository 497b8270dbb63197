// Group members of @platformatic/kafka, driven by the lines that group-members.ts describes. Usage: platformatic-members.mjs BOOTSTRAP
import { Consumer } from '@platformatic/kafka';
import { obeyLines, say } from './member-lines.mjs';

async function open(member, options) {
  const consumer = new Consumer({
    clientId: 'members',
    bootstrapBrokers: [process.argv[2]],
    groupId: options.group,
    sessionTimeout: Number(options.sessionMs),
    heartbeatInterval: 300,
    maxWaitTime: 200,
    metadataMaxAge: 500,
    // Its default gives up after three seconds, which a gateway may take to come back on a busy machine.
    retries: 60,
    ...(options.instance === undefined ? {} : { groupInstanceId: options.instance }),
  });
  let owned = [];
  const take = (places) => {
    say('revoked', member, owned.join(','));
    owned = places;
    say('assigned', member, owned.join(','));
  };
  consumer.on('consumer:group:join', ({ assignments }) =>
    take(
      (assignments ?? []).flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}/${partition}`)),
    ),
  );
  const read = async () => {
    const stream = await consumer.consume({
      topics: options.topics.split(','),
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: options.autoCommit !== undefined,
    });
    stream.on('error', (error) => {
      const fails = (reason) => say('failed', member, `${reason.stack} ${codesOf(reason).join(' ')}`);
      if (isRefusedInRebalance(error)) read().catch(fails);
      else fails(error);
    });
    stream.on('data', ({ topic, partition, offset, value }) =>
      say('record', member, topic, partition, offset, value.toString('base64')),
    );
  };
  await read();
  return {
    commit: (topic, partition, offset) =>
      consumer.commit({ offsets: [{ topic, partition, offset: BigInt(offset), leaderEpoch: -1 }] }),
    close: () => consumer.close(true),
  };
}

const innermost = (error) => (error.errors ?? []).flatMap((inner) => [inner, ...innermost(inner)]);
const codesOf = (error) => innermost(error).flatMap(({ apiId }) => apiId ?? []);

/** An automatic commit that came in a rebalance, or after the member was forgotten, ends the client's stream: who reads on reads anew. */
function isRefusedInRebalance(error) {
  const refusals = innermost(error).filter(({ apiId }) => apiId !== undefined);
  return refusals.length > 0 && refusals.every(({ needsRejoin }) => needsRejoin);
}

await obeyLines(open);
