/** An answer of the node that says nothing: where there are no records it must say so. No empty answer is made of it. */
import { EngineError } from '../../engine-error';
import type { Instruments } from '../../telemetry/metrics/instruments';
import { contradicted } from '../contradiction';

export function nullAnswer(instruments: Instruments, topic: string, what: string): EngineError {
  contradicted(instruments, 'answer_null', topic);
  return new EngineError('contradiction', `${what}: neither records nor an error came`);
}
