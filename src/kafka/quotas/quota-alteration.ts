/** What AlterClientQuotas asks of one entity, checked as Kafka's controller does and refused in its words (KIP-546). */
import type { Clock } from '../../clock';
import { ErrorCode } from '../../protocol/error-code';
import type { EntryData } from '../../protocol/generated/alter-client-quotas';
import type { CallContext } from '../../telemetry/trace/operation';
import { shortened } from '../../topic-settings/refusal';
import { mapBounded } from '../../waiting/map-bounded';
import { runPhase } from '../../waiting/phase';
import { type Refusal, refusalOf } from '../admin/admin-error';
import { addressOf, type Resolve, resolveHost } from './host-address';
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

export interface HostLookups {
  readonly clock: Clock;
  readonly resolve?: Resolve;
}

const LOOKUP_DEADLINE_MS = 5_000;
const LOOKUPS_IN_FLIGHT_MAX = 8;

/** By host: why a quota cannot be its. */
type HostRefusals = ReadonlyMap<string, Refusal>;

/** Each entity once. Of one that is named twice the first part is done, and the answer is a refusal, as in Kafka. */
export async function readAlterations(
  entries: readonly EntryData[],
  context: CallContext,
  lookups: HostLookups,
): Promise<readonly AskedAlteration[]> {
  const refusals = await refusedHosts(entries, context, lookups);
  const asked = new Map<string, AskedAlteration>();
  for (const { entity: named, ops } of entries) {
    const id = JSON.stringify([...new Map(named.map(({ entityType, entityName }) => [entityType, entityName]))].sort());
    const before = asked.get(id);
    const isTwice = before !== undefined || new Set(ops.map(({ key }) => key)).size < ops.length;
    if (isTwice) {
      const refusal = invalid(`Ignoring duplicate entity ${inWords(named)}`);
      asked.set(id, { named, alteration: before?.alteration, refusal });
    } else {
      asked.set(id, checked(named, ops, refusals));
    }
  }
  return [...asked.values()];
}

/** An address is where it is: only names are looked up. */
async function refusedHosts(
  entries: readonly EntryData[],
  context: CallContext,
  { clock, resolve = resolveHost }: HostLookups,
): Promise<HostRefusals> {
  const names = entries.flatMap(({ entity }) =>
    entity.flatMap(({ entityType, entityName }) => (entityType === 'ip' && entityName !== null ? [entityName] : [])),
  );
  const hosts = [...new Set(names)].filter((name) => name !== '' && addressOf(name) === undefined);
  const what = 'the system’s resolver to say where a host is';
  const phase = { clock, name: 'host.lookup', deadlineMs: LOOKUP_DEADLINE_MS, what } as const;
  const refusals = new Map<string, Refusal>();
  await mapBounded(hosts, LOOKUPS_IN_FLIGHT_MAX, async (host) => {
    try {
      const address = await runPhase(context, phase, () => resolve(host));
      if (address === undefined)
        refusals.set(host, invalid(`${shortened(host)} is not a valid IP or resolvable host.`));
    } catch (error) {
      refusals.set(host, refusalOf(error));
    }
  });
  return refusals;
}

function checked(named: EntryData['entity'], ops: EntryData['ops'], refusals: HostRefusals): AskedAlteration {
  const entity = entityOf(named, refusals);
  if ('errorCode' in entity) return { named, alteration: undefined, refusal: entity };
  for (const { key, value, remove } of ops) {
    const problem = remove ? undefined : valueProblem(entity, shortened(key), value);
    if (problem !== undefined) return { named, alteration: undefined, refusal: invalid(problem) };
  }
  const changes = new Map(ops.map(({ key, value, remove }) => [key, remove ? undefined : value]));
  return { named, alteration: { key: entityKey(entity), entity, changes }, refusal: undefined };
}

/** Why it is refused, where it is none. */
function entityOf(named: EntryData['entity'], refusals: HostRefusals): QuotaEntity | Refusal {
  const names = new Map<EntityType, string | null>();
  for (const { entityType, entityName } of named) {
    if (!isEntityType(entityType)) return invalid(`Unhandled client quota entity type: ${shortened(entityType)}`);
    if (entityName === '') return invalid(`Empty ${entityType} not supported`);
    names.set(entityType, entityName);
  }
  if (names.size === 0) return invalid('Invalid empty client quota entity');
  if (names.has('ip') && names.size > 1)
    return invalid('Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId');
  const refused = refusals.get(names.get('ip') ?? '');
  return (
    refused ?? new Map(ENTITY_TYPES.filter((type) => names.has(type)).map((type) => [type, names.get(type) ?? null]))
  );
}

const inWords = (named: EntryData['entity']): string =>
  `ClientQuotaEntity(entries={${named.map(({ entityType, entityName }) => `${shortened(entityType)}=${shortened(String(entityName))}`).join(', ')}})`;

const invalid = (errorMessage: string): Refusal => ({ errorCode: ErrorCode.INVALID_REQUEST, errorMessage });
