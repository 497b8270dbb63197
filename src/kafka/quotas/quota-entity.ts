/**
 * Whom a quota is of, as Kafka names them (KIP-546): a user, a client id, both of them, or an address. The name null stands for the
 * default of its kind.
 */
export const ENTITY_TYPES = ['user', 'client-id', 'ip'] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** Names by type, in the order of ENTITY_TYPES. */
export type QuotaEntity = ReadonlyMap<EntityType, string | null>;

/** What is set for one of them, by Kafka's keys. */
export interface StoredQuota {
  readonly entity: QuotaEntity;
  readonly values: ReadonlyMap<string, number>;
}

export const isEntityType = (text: string): text is EntityType => (ENTITY_TYPES as readonly string[]).includes(text);

/** The same text for the same entity, whatever its names hold; people can read it. */
export function entityKey(entity: QuotaEntity): string {
  return ENTITY_TYPES.filter((type) => entity.has(type))
    .map((type) => {
      const name = entity.get(type) ?? null;
      return name === null ? `${type}-default` : `${type}=${encodeURIComponent(name)}`;
    })
    .join('&');
}
