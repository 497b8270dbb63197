/** What AlterClientQuotas asks of one entity, checked as Kafka's controller does and refused in its words (KIP-546). */
import { ErrorCode } from '../../protocol/error-code';
import type { EntryData } from '../../protocol/generated/alter-client-quotas';
import { shortened } from '../../topic-settings/refusal';
import type { Refusal } from '../admin/admin-error';
import { resolveHost } from './host-address';
import { ENTITY_TYPES, entityKey, isEntityType, type EntityType, type QuotaEntity } from './quota-entity';
import { valueProblem } from './quota-keys';

export interface Alteration {
  readonly key: string;
  readonly entity: QuotaEntity;
  /** By Kafka's keys; undefined takes the quota away. */
  readonly changes: ReadonlyMap<string, number | undefined>;
}

/** One entity of the request, as it named it. */
export interface AskedAlteration {
  readonly named: EntryData['entity'];
  /** What is to be done; undefined where nothing is. */
  readonly alteration: Alteration | undefined;
  readonly refusal: Refusal | undefined;
}

/** Each entity once. Of one that is named twice the first part is done, and the answer is a refusal, as in Kafka. */
export async function readAlterations(entries: readonly EntryData[]): Promise<readonly AskedAlteration[]> {
  const asked = new Map<string, AskedAlteration>();
  for (const { entity: named, ops } of entries) {
    const id = JSON.stringify([...new Map(named.map(({ entityType, entityName }) => [entityType, entityName]))].sort());
    const before = asked.get(id);
    const isTwice = before !== undefined || new Set(ops.map(({ key }) => key)).size < ops.length;
    if (isTwice) {
      const refusal = invalid(`Ignoring duplicate entity ${inWords(named)}`);
      asked.set(id, { named, alteration: before?.alteration, refusal });
    } else {
      asked.set(id, await checked(named, ops));
    }
  }
  return [...asked.values()];
}

async function checked(named: EntryData['entity'], ops: EntryData['ops']): Promise<AskedAlteration> {
  const entity = await entityOf(named);
  if (typeof entity === 'string') return { named, alteration: undefined, refusal: invalid(entity) };
  for (const { key, value, remove } of ops) {
    const problem = remove ? undefined : valueProblem(entity, shortened(key), value);
    if (problem !== undefined) return { named, alteration: undefined, refusal: invalid(problem) };
  }
  const changes = new Map(ops.map(({ key, value, remove }) => [key, remove ? undefined : value]));
  return { named, alteration: { key: entityKey(entity), entity, changes }, refusal: undefined };
}

/** What is wrong with it, in words, where it is none. */
async function entityOf(named: EntryData['entity']): Promise<QuotaEntity | string> {
  const names = new Map<EntityType, string | null>();
  for (const { entityType, entityName } of named) {
    if (!isEntityType(entityType)) return `Unhandled client quota entity type: ${shortened(entityType)}`;
    if (entityName === '') return `Empty ${entityType} not supported`;
    names.set(entityType, entityName);
  }
  if (names.size === 0) return 'Invalid empty client quota entity';
  if (names.has('ip') && names.size > 1)
    return 'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId';
  const host = names.get('ip') ?? null;
  if (host !== null && (await resolveHost(host)) === undefined) {
    return `${shortened(host)} is not a valid IP or resolvable host.`;
  }
  return new Map(ENTITY_TYPES.filter((type) => names.has(type)).map((type) => [type, names.get(type) ?? null]));
}

const inWords = (named: EntryData['entity']): string =>
  `ClientQuotaEntity(entries={${named.map(({ entityType, entityName }) => `${shortened(entityType)}=${shortened(String(entityName))}`).join(', ')}})`;

const invalid = (errorMessage: string): Refusal => ({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage });
