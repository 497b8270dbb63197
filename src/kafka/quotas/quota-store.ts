/**
 * Quotas as they are kept for all gateways and for the next start, an item for each entity, and what makes them hold here:
 *
 *   {"entity":{"user":"alice","client-id":null},"values":{"producer_byte_rate":1048576}}
 */
import { createHash } from 'node:crypto';
import { EngineError } from '../../engine-error';
import type { CallContext } from '../../telemetry/trace/operation';
import { inTurn } from '../../waiting/in-turn';
import type { StoredState } from '../state/stored-state';
import type { Codec, WatchedDirectory } from '../state/watched-directory';
import type { ClientQuotas } from './client-quotas';
import { isEntityType, type EntityType, type StoredQuota } from './quota-entity';
import type { Alteration } from './quota-alteration';

/** Names of items are names of files, once escaped. */
const NAME_LENGTH_MAX = 120;

export class QuotaStore {
  readonly #directory: WatchedDirectory<StoredQuota> | undefined;

  /** Without a state nothing is stored, and there are no quotas. */
  constructor(state: StoredState | undefined, quotas: ClientQuotas) {
    this.#directory = state?.directory('quotas', QUOTA_CODEC);
    this.#directory?.watch(() => quotas.become(this.all()));
  }

  all(): readonly StoredQuota[] {
    return [...(this.#directory?.entries().values() ?? [])];
  }

  /** Changes what is set for one entity; what it has left of nothing is deleted. Throws EngineError. */
  async alter({ key, entity, changes }: Alteration, context: CallContext): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) throw new EngineError('unavailable', 'this gateway keeps no quotas');
    const name = nameOf(key);
    await inTurn(this, name, async () => {
      const before = directory.get(name)?.values ?? new Map<string, number>();
      const values = new Map(before);
      for (const [each, value] of changes) {
        if (value === undefined) values.delete(each);
        else values.set(each, value);
      }
      if (isSame(values, before)) return;
      if (values.size === 0) await directory.delete(name, context);
      else await directory.put(name, { entity, values }, context);
    });
  }
}

const nameOf = (key: string): string =>
  key.length <= NAME_LENGTH_MAX ? key : `sha256-${createHash('sha256').update(key).digest('hex')}`;

function isSame(some: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>): boolean {
  return some.size === others.size && [...some].every(([key, value]) => others.get(key) === value);
}

const QUOTA_CODEC: Codec<StoredQuota> = {
  encode: ({ entity, values }) =>
    Buffer.from(JSON.stringify({ entity: Object.fromEntries(entity), values: Object.fromEntries(values) })),
  decode(content) {
    const parsed = parse(content);
    const entity = new Map<EntityType, string | null>();
    for (const [type, name] of fieldsOf(parsed, 'entity')) {
      if (!isEntityType(type) || (name !== null && typeof name !== 'string')) throw unreadable();
      entity.set(type, name);
    }
    const values = new Map<string, number>();
    for (const [key, value] of fieldsOf(parsed, 'values')) {
      if (typeof value !== 'number') throw unreadable();
      values.set(key, value);
    }
    if (entity.size === 0) throw unreadable();
    return { entity, values };
  },
};

function parse(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (error) {
    throw new EngineError('storage_error', 'a stored quota is no JSON', { cause: error });
  }
}

function fieldsOf(value: unknown, name: 'entity' | 'values'): readonly (readonly [string, unknown])[] {
  const fields: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (typeof fields !== 'object' || fields === null) throw unreadable();
  return Object.entries(fields);
}

const unreadable = (): EngineError => new EngineError('storage_error', 'a stored quota is not in the form of one');
