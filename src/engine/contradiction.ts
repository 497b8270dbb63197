/** An answer of the engine that contradicts another one is counted here, under its topic, whoever finds it. */
import type { CONTRADICTIONS, Instruments } from '../telemetry/metrics/instruments';

export type Contradiction = (typeof CONTRADICTIONS)[number];

export function contradicted(instruments: Instruments, kind: Contradiction, topic: string): void {
  instruments.add('seaglass_engine_contradictions_total', { topic, kind });
}
