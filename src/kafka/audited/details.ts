/** Changes in words, for `detail`: names and values of settings, ACLs, quotas. What could be a secret is named without its value. */
import type { ResourceType } from '../../audit-trail/audit-kinds';
import { TOPIC_SETTINGS } from '../../topic-settings/table';
import { RESOURCE } from '../admin/config-resource';
import {
  type AclCodes,
  aclText,
  OPERATION_BY_CODE,
  PATTERN_TYPE_BY_CODE,
  PERMISSION_BY_CODE,
  RESOURCE_TYPE_BY_CODE,
} from '../security/acl';
import { AUDITED_TYPES } from './tell-denials';

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

export function aclType(code: number): ResourceType {
  const type = RESOURCE_TYPE_BY_CODE.get(code);
  return type === undefined ? 'unknown' : AUDITED_TYPES[type];
}

/** For instance `ALLOW User:alice READ on TOPIC PREFIXED orders- from *`; a code that nothing has stays a number. */
export const aclDetail = (acl: AclCodes): string =>
  aclText({
    ...{ principal: acl.principal, host: acl.host, resourceName: acl.resourceName },
    resourceType: RESOURCE_TYPE_BY_CODE.get(acl.resourceType) ?? String(acl.resourceType),
    patternType: PATTERN_TYPE_BY_CODE.get(acl.patternType) ?? String(acl.patternType),
    operation: OPERATION_BY_CODE.get(acl.operation) ?? String(acl.operation),
    permission: PERMISSION_BY_CODE.get(acl.permissionType) ?? String(acl.permissionType),
  });

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

const SCRAM_NAMES = ['UNKNOWN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

export const scramName = (code: number): string => SCRAM_NAMES[code] ?? String(code);
