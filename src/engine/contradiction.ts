/** An answer of the engine that contradicts another one is counted here, under its topic, whoever finds it; with it goes where, and who had asked. */
import { ContradictionFound, type ContradictionPlace } from '../telemetry/incidents/contradictions';
import type { CONTRADICTIONS, Instruments } from '../telemetry/metrics/instruments';
import type { Operation } from '../telemetry/trace/operation';

export type Contradiction = (typeof CONTRADICTIONS)[number];

export function contradicted(
  instruments: Instruments,
  kind: Contradiction,
  { topic, ...place }: { readonly topic: string } & ContradictionPlace,
  operation?: Operation,
): void {
  const found = new ContradictionFound(place, operation);
  instruments.add('seaglass_engine_contradictions_total', { topic, kind }, 1, found);
}
