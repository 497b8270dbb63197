/** THE table of topic settings: Kafka's and ours, by name. */
import { KAFKA_SETTINGS } from './kafka-settings';
import { SEAGLASS_SETTINGS } from './seaglass-settings';
import type { TopicSetting } from './setting';

const ordered = [...KAFKA_SETTINGS, ...SEAGLASS_SETTINGS].sort((a, b) => (a.name < b.name ? -1 : 1));

/** In the order of names, which is the order of their description. */
export const TOPIC_SETTINGS: ReadonlyMap<string, TopicSetting> = new Map(ordered.map((each) => [each.name, each]));
