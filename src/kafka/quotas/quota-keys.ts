/** What a quota can be of, by Kafka's keys, and which values each may have. */
import type { QuotaEntity } from './quota-entity';

export const QUOTA_KEYS = {
  producerByteRate: 'producer_byte_rate',
  consumerByteRate: 'consumer_byte_rate',
  requestPercentage: 'request_percentage',
  controllerMutationRate: 'controller_mutation_rate',
  connectionCreationRate: 'connection_creation_rate',
} as const;

interface QuotaKey {
  readonly isWhole: boolean;
  readonly max: number;
  /** Kafka's word for what does not fit. */
  readonly tooLargeFor: string;
}

const LONG: QuotaKey = { isWhole: true, max: 2 ** 63, tooLargeFor: 'a LONG' };
const INT: QuotaKey = { isWhole: true, max: 2 ** 31 - 1, tooLargeFor: 'an INT' };
const DOUBLE: QuotaKey = { isWhole: false, max: Infinity, tooLargeFor: '' };

const OF_CLIENTS: ReadonlyMap<string, QuotaKey> = new Map([
  [QUOTA_KEYS.producerByteRate, LONG],
  [QUOTA_KEYS.consumerByteRate, LONG],
  [QUOTA_KEYS.requestPercentage, DOUBLE],
  [QUOTA_KEYS.controllerMutationRate, DOUBLE],
]);
const OF_ADDRESSES: ReadonlyMap<string, QuotaKey> = new Map([[QUOTA_KEYS.connectionCreationRate, INT]]);
/** Of a whole number. */
const FRACTION_MAX = 1e-6;

/** The keys that a quota of the entity may have. */
export const keysOf = (entity: QuotaEntity): ReadonlyMap<string, QuotaKey> =>
  entity.has('ip') ? OF_ADDRESSES : OF_CLIENTS;

/** What is wrong with a value, in Kafka's words; undefined where nothing is. */
export function valueProblem(entity: QuotaEntity, key: string, value: number): string | undefined {
  const known = keysOf(entity).get(key);
  if (known === undefined) return `Invalid configuration key ${key}`;
  if (!(value > 0)) return `Quota ${key} must be greater than 0`;
  if (value > known.max) return `Proposed value for ${key} is too large for ${known.tooLargeFor}.`;
  const isFraction = Math.abs(value - Math.round(value)) > FRACTION_MAX;
  return known.isWhole && isFraction ? `${key} cannot be a fractional value.` : undefined;
}
