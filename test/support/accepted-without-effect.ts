import type { EngineKind } from '../../src/topic-settings/setting';
import { TOPIC_SETTINGS } from '../../src/topic-settings/table';

/** Names of the settings that are stored and described and change nothing on this engine; src/kafka/README.md lists them. */
export function acceptedWithoutEffect(engine: EngineKind): readonly string[] {
  return [...TOPIC_SETTINGS.values()]
    .filter(({ obeyedBy }) => obeyedBy?.includes(engine) !== true)
    .map(({ name }) => name);
}
