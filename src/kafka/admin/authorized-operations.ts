/** Which operations a client may perform, as the bit field of Kafka's answers (KIP-430). There is no authorizer: all that exist. */
const BIT = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const;

/** The value that says "not asked for". */
export const OPERATIONS_NOT_ASKED = -2_147_483_648;

const bits = (...names: readonly (keyof typeof BIT)[]): number =>
  names.reduce((sum, name) => sum | (1 << BIT[name]), 0);

export const TOPIC_OPERATIONS = bits(
  'read',
  'write',
  'create',
  'describe',
  'delete',
  'alter',
  'describeConfigs',
  'alterConfigs',
);
export const GROUP_OPERATIONS = bits('read', 'describe', 'delete', 'describeConfigs', 'alterConfigs');
export const CLUSTER_OPERATIONS = bits(
  'create',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
  'alter',
  'describe',
);
