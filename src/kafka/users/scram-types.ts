/** Kafka's numbers of SCRAM mechanisms (ScramMechanism). */
import { SCRAM_MECHANISMS, type ScramMechanism } from './scram-credential';

const TYPES: Readonly<Record<ScramMechanism, number>> = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 };

export const scramType = (mechanism: ScramMechanism): number => TYPES[mechanism];

/** Undefined for a number that is none. */
export const mechanismOfType = (type: number): ScramMechanism | undefined =>
  SCRAM_MECHANISMS.find((mechanism) => TYPES[mechanism] === type);
