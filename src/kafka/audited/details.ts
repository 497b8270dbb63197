/** Changes in words, for `detail`: names and values of settings, ACLs, quotas. What could be a secret is named without its value. */
import type { ResourceType } from '../../audit-trail/audit-kinds';
import { TOPIC_SETTINGS } from '../../topic-settings/table';
import { RESOURCE } from '../admin/config-resource';

interface NamedValue {
  readonly name: string;
  readonly value: string | null;
}

/** Values of topic settings that there are; of what a client made up, the name alone. */
export const settingsText = (settings: readonly NamedValue[]): string =>
  settings.map(({ name, value }) => (TOPIC_SETTINGS.has(name) && value !== null ? `${name}=${value}` : name)).join(' ');

const CONFIG_TYPES: ReadonlyMap<number, ResourceType> = new Map([
  [RESOURCE.topic, 'topic'],
  [RESOURCE.broker, 'broker'],
  [RESOURCE.brokerLogger, 'broker'],
  [RESOURCE.clientMetrics, 'client_metrics'],
  [RESOURCE.group, 'group'],
]);

export const configType = (code: number): ResourceType => CONFIG_TYPES.get(code) ?? 'unknown';

const ACL_TYPES: readonly ResourceType[] = [
  'unknown',
  'unknown',
  'topic',
  'group',
  'cluster',
  'transactional_id',
  'delegation_token',
  'user',
];

export const aclType = (code: number): ResourceType => ACL_TYPES[code] ?? 'unknown';

const OPERATIONS = [
  ...['UNKNOWN', 'ANY', 'ALL', 'READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION'],
  ...['DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE', 'CREATE_TOKENS', 'DESCRIBE_TOKENS', 'TWO_PHASE_COMMIT'],
];
const PERMISSIONS = ['UNKNOWN', 'ANY', 'DENY', 'ALLOW'];
const PATTERNS = ['UNKNOWN', 'ANY', 'MATCH', 'LITERAL', 'PREFIXED'];

interface Acl {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
  readonly patternType: number;
}

/** For instance `ALLOW User:alice READ from * (PREFIXED)`. */
export function aclText({ principal, host, operation, permissionType, patternType }: Acl): string {
  const [permission, what, pattern] = [PERMISSIONS[permissionType], OPERATIONS[operation], PATTERNS[patternType]];
  return `${String(permission)} ${principal} ${String(what)} from ${host} (${String(pattern)})`;
}

interface Entity {
  readonly entityType: string;
  readonly entityName: string | null;
}

/** For instance `user=alice client-id=<default>`. */
export const entityText = (entity: readonly Entity[]): string =>
  entity.map(({ entityType, entityName }) => `${entityType}=${entityName ?? '<default>'}`).join(' ');

interface QuotaChange {
  readonly key: string;
  readonly value: number;
  readonly remove: boolean;
}

export const quotasText = (changes: readonly QuotaChange[]): string =>
  changes.map(({ key, value, remove }) => (remove ? `${key} removed` : `${key}=${value}`)).join(' ');
