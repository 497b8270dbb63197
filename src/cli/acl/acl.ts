/** `seaglass acl add|list|remove`: access control entries of a running gateway, by Kafka's own requests. */
import { Argument, type Command, Option } from 'commander';
import type { DrillClient, DrillCodec } from '../../drills/run/drill-client';
import {
  type Acl,
  type AclCodes,
  aclText,
  OPERATION_BY_CODE,
  OPERATIONS,
  PATTERN_TYPE_BY_CODE,
  PATTERN_TYPES,
  PERMISSION_BY_CODE,
  PERMISSIONS,
  RESOURCE_TYPE_BY_CODE,
  RESOURCE_TYPES,
} from '../../kafka/security/acl';
import * as createAcls from '../../protocol/generated/create-acls';
import * as deleteAcls from '../../protocol/generated/delete-acls';
import * as describeAcls from '../../protocol/generated/describe-acls';
import { errorNameOf } from '../../protocol/error-code';
import { type AclFlags, aclsOf, asksForAll, filtersOf } from './acl-flags';
import { UsageError } from '../usage-error';
import { commandConfigOption, withKafka } from '../kafka-client/with-kafka';

const VERSION = 3;
const CREATE: DrillCodec<createAcls.CreateAclsRequest, createAcls.CreateAclsResponse> = {
  ...{ key: createAcls.createAclsApi.key, version: VERSION },
  ...{ write: createAcls.writeCreateAclsRequest, read: createAcls.readCreateAclsResponse },
};
const DESCRIBE: DrillCodec<describeAcls.DescribeAclsRequest, describeAcls.DescribeAclsResponse> = {
  ...{ key: describeAcls.describeAclsApi.key, version: VERSION },
  ...{ write: describeAcls.writeDescribeAclsRequest, read: describeAcls.readDescribeAclsResponse },
};
const DELETE: DrillCodec<deleteAcls.DeleteAclsRequest, deleteAcls.DeleteAclsResponse> = {
  ...{ key: deleteAcls.deleteAclsApi.key, version: VERSION },
  ...{ write: deleteAcls.writeDeleteAclsRequest, read: deleteAcls.readDeleteAclsResponse },
};

const ACTIONS = ['add', 'list', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

interface CommandFlags extends AclFlags {
  readonly all?: true;
  readonly bootstrap: string;
  readonly commandConfig?: string;
}

const parted = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];
/** Principals hold commas where they are the subject of a certificate: they are given several times instead. */
const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const ACL_OPTIONS: readonly Option[] = [
  new Option('--bootstrap <host:port>', 'the gateway').default('127.0.0.1:9092'),
  commandConfigOption(),
  new Option('--allow <principal>', 'who may, as User:alice; several times for several').argParser(several),
  new Option('--deny <principal>', 'who must not, whatever else allows it').argParser(several),
  new Option('--principal <principal>', 'list and remove: of this principal, allowed or denied'),
  new Option('--operation <names>', 'read, write, describe, all …, parted by commas').argParser(parted),
  new Option('--topic <names>', 'on these topics; * for any').argParser(parted),
  new Option('--group <names>', 'on these groups').argParser(parted),
  new Option('--transactional-id <names>', 'on these transactional ids').argParser(parted),
  new Option('--cluster', 'on the cluster'),
  new Option('--prefixed', 'the names are prefixes'),
  new Option('--host <address>', 'only from this address'),
  new Option('--all', 'remove: every ACL there is'),
  new Option('--producer', 'add: what a producer to --topic needs'),
  new Option('--consumer', 'add: what a consumer of --topic in --group needs'),
];

/** `done` is told the exit code. */
export function addAclCommand(program: Command, done: (exitCode: number) => void): void {
  const command = program
    .command('acl')
    .description('add, list or remove the ACLs that say who may do what; asks a running gateway')
    .helpOption('--help', 'print this help')
    .exitOverride()
    .allowExcessArguments(false)
    .addArgument(new Argument('<action>', ACTIONS.join(', ')).choices(ACTIONS))
    .addHelpText('after', `\nExamples:\n${EXAMPLES.map((line) => `  seaglass ${line}`).join('\n')}`)
    .action(async (action: Action, flags: CommandFlags) => done(await acl(action, flags)));
  for (const option of ACL_OPTIONS) command.addOption(option);
}

const EXAMPLES = [
  'acl add --allow User:alice --producer --topic orders',
  'acl add --allow User:bob --consumer --topic orders- --group bob- --prefixed',
  'acl add --deny User:eve --operation all --topic "*" --host 192.0.2.7',
  'acl list --topic orders',
  'acl remove --principal User:eve',
];

async function acl(action: Action, flags: CommandFlags): Promise<number> {
  const { bootstrap, commandConfig } = flags;
  if (action === 'remove' && asksForAll(flags) && flags.all !== true) {
    throw new UsageError('which? --topic, --group, --principal and the like, or --all');
  }
  // What was told wrongly is said before anybody is asked.
  const asked = action === 'add' ? { acls: aclsOf(flags) } : { filters: filtersOf(flags) };
  return withKafka({ bootstrap, commandConfig, clientId: 'seaglass-acl' }, (client) => {
    if (asked.acls !== undefined) return add(client, asked.acls);
    return action === 'list' ? list(client, asked.filters) : remove(client, asked.filters);
  });
}

async function add(client: DrillClient, acls: readonly Acl[]): Promise<number> {
  const creations = acls.map(({ principal, host, ...each }) =>
    createAcls.createAclCreation({
      ...{ principal, host, resourceName: each.resourceName, resourceType: RESOURCE_TYPES[each.resourceType] },
      ...{ resourcePatternType: PATTERN_TYPES[each.patternType], operation: OPERATIONS[each.operation] },
      permissionType: PERMISSIONS[each.permission],
    }),
  );
  const { results } = await client.call(CREATE, createAcls.createCreateAclsRequest({ creations }));
  let exitCode = 0;
  for (const [index, each] of acls.entries()) {
    const { errorCode = -1, errorMessage = null } = results[index] ?? {};
    if (errorCode === 0) print(`added    ${aclText(each)}`);
    else exitCode = refused(errorCode, errorMessage, aclText(each));
  }
  return exitCode;
}

async function list(client: DrillClient, filters: ReturnType<typeof filtersOf>): Promise<number> {
  const lines = new Set<string>();
  for (const filter of filters) {
    const answer = await client.call(DESCRIBE, describeAcls.createDescribeAclsRequest(filter));
    if (answer.errorCode !== 0) return refused(answer.errorCode, answer.errorMessage, 'list');
    for (const { acls, ...resource } of answer.resources)
      for (const each of acls) lines.add(textOf({ ...resource, ...each }));
  }
  for (const line of [...lines].sort()) print(line);
  return 0;
}

async function remove(client: DrillClient, filters: ReturnType<typeof filtersOf>): Promise<number> {
  const wanted = filters.map((filter) => deleteAcls.createDeleteAclsFilter(filter));
  const { filterResults } = await client.call(DELETE, deleteAcls.createDeleteAclsRequest({ filters: wanted }));
  let exitCode = 0;
  for (const { errorCode, errorMessage, matchingAcls } of filterResults) {
    if (errorCode !== 0) exitCode = refused(errorCode, errorMessage, 'remove');
    for (const each of matchingAcls) {
      if (each.errorCode === 0) print(`removed  ${textOf(each)}`);
      else exitCode = refused(each.errorCode, each.errorMessage, textOf(each));
    }
  }
  return exitCode;
}

function textOf({ resourceName, principal, host, ...codes }: AclCodes): string {
  const resourceType = RESOURCE_TYPE_BY_CODE.get(codes.resourceType);
  const patternType = PATTERN_TYPE_BY_CODE.get(codes.patternType);
  const operation = OPERATION_BY_CODE.get(codes.operation);
  const permission = PERMISSION_BY_CODE.get(codes.permissionType);
  return resourceType === undefined || patternType === undefined || operation === undefined || permission === undefined
    ? `an ACL of a newer version for ${principal} on ${resourceName}`
    : aclText({ resourceType, resourceName, patternType, principal, host, operation, permission });
}

/** Says why; the exit code. */
function refused(errorCode: number, errorMessage: string | null, what: string): number {
  const words = errorMessage === null || errorMessage === '' ? '' : `: ${errorMessage}`;
  process.stderr.write(`seaglass: ${what}: ${errorNameOf(errorCode) ?? errorCode}${words}\n`);
  return 1;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
