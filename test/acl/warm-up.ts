/** What Kafka only begins when it is first asked for: its coordinators, and producer ids. */
import { ErrorCode } from '../../src/protocol/error-code';
import { createFindCoordinatorRequest } from '../../src/protocol/generated/find-coordinator';
import { createDescribeGroupsRequest } from '../../src/protocol/generated/describe-groups';
import { createInitProducerIdRequest } from '../../src/protocol/generated/init-producer-id';
import type { KafkaClient } from '../support/kafka-client';
import { DESCRIBE_GROUPS, FIND_COORDINATOR } from './group-requests';
import { INIT_PRODUCER_ID } from './topic-requests';

const NOT_AVAILABLE = ErrorCode.COORDINATOR_NOT_AVAILABLE;
/** Any group and any transactional id: there is one partition of each. */
const ANY = 'warm';

export async function warmUp(admin: KafkaClient): Promise<void> {
  await until(async () => {
    const request = createFindCoordinatorRequest({ keyType: 0, coordinatorKeys: [ANY] });
    return (await admin.call(FIND_COORDINATOR, request, 4)).coordinators[0]?.errorCode === 0;
  });
  await until(async () => {
    const request = createFindCoordinatorRequest({ keyType: 1, coordinatorKeys: [ANY] });
    // Where there are no transactions the answer is another error, at once.
    return (await admin.call(FIND_COORDINATOR, request, 4)).coordinators[0]?.errorCode !== NOT_AVAILABLE;
  });
  await until(async () => {
    const request = createDescribeGroupsRequest({ groups: [ANY] });
    return (await admin.call(DESCRIBE_GROUPS, request, 5)).groups[0]?.errorCode === 0;
  });
  await until(async () => {
    const request = createInitProducerIdRequest({ transactionalId: null, producerId: -1n, producerEpoch: -1 });
    return (await admin.call(INIT_PRODUCER_ID, request, 4)).errorCode === 0;
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
