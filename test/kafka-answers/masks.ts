/**
 * What two brokers that behave the same must say differently: ids, addresses, the time of day. Each is named by what it stands for.
 * Error codes get their names, and of words for people it is only told that they are there.
 */
import { errorNameOf } from '../../src/protocol/error-code';
import { type Int64, type TopicId, ZERO_TOPIC_ID } from '../../src/types';

/** The script's own times are in 1970; what is later than this was read from a clock. */
const CLOCK_TIMES_FROM_MS = Date.UTC(2020, 0);

export class Masks {
  readonly #topics = new Map<string, string>([[ZERO_TOPIC_ID, 'none']]);
  readonly #producers = new Map<bigint, string>();

  /** From here on the id is shown as the topic's. */
  learn(topicId: TopicId, name: string): void {
    this.#topics.set(topicId, `of ${name}`);
  }

  field(name: string, value: string | number | bigint | boolean | null): string | number | boolean | null {
    if (typeof value === 'bigint') return name === 'producerId' ? this.producerId(value) : String(value);
    if (value === null) return null;
    switch (name) {
      case 'errorCode':
      case 'topicConfigErrorCode':
        return errorNameOf(Number(value)) ?? Number(value);
      case 'errorMessage':
      case 'batchIndexErrorMessage':
      case 'documentation':
        return value === '' ? '' : 'words';
      case 'topicId':
        return this.#topics.get(String(value)) ?? 'new';
      case 'clusterId':
      case 'host':
        return value === '' ? '' : name;
      case 'port':
        return Number(value) > 0 ? name : value;
      case 'sessionId':
        return value === 0 ? 0 : name;
      case 'finalizedFeaturesEpoch':
        return value === -1 ? -1 : name;
      case 'timestamp':
      case 'logAppendTimeMs':
        return this.time(Number(value));
      default:
        return value;
    }
  }

  /** Producer ids are named in the order in which they are met. */
  producerId(id: bigint): string {
    if (id < 0n) return String(id);
    const name = this.#producers.get(id) ?? `producer ${this.#producers.size}`;
    this.#producers.set(id, name);
    return name;
  }

  time(ms: Int64): string | number {
    return ms > CLOCK_TIMES_FROM_MS ? 'now' : Number(ms);
  }
}
