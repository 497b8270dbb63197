/** An answer of the node that says nothing: where there are no records it must say so. No empty answer is made of it. */
import { EngineError } from '../../engine-error';
import type { Instruments } from '../../telemetry/metrics/instruments';
import type { Operation } from '../../telemetry/trace/operation';
import type { TopicPartition } from '../../types';
import { contradicted } from '../contradiction';

export function nullAnswer(
  instruments: Instruments,
  at: TopicPartition,
  what: string,
  operation: Operation,
): EngineError {
  contradicted(instruments, 'answer_null', at, operation);
  return new EngineError('contradiction', `${what}: neither records nor an error came`);
}
