/** Says in the log which topic settings this engine does not obey: they are described as they were set, as if they held. */
import type { Engine } from '../../engine/engine';
import type { Telemetry } from '../../telemetry/telemetry';
import { withoutEffect } from '../../topic-settings/without-effect';

export interface TellingWith {
  readonly engine: Pick<Engine, 'abilities'>;
  readonly telemetry: Pick<Telemetry, 'log'>;
}

/** Of a topic, or of the defaults of all where none is given. */
export function tellWithoutEffect(
  topic: string | undefined,
  names: Iterable<string>,
  { engine, telemetry }: TellingWith,
): void {
  const settings = withoutEffect(names, engine.abilities);
  if (settings.length === 0) return;
  const where = topic === undefined ? 'kafka.topic-defaults' : `topic ${topic}`;
  const message = `${where}: ${settings.join(', ')} stored, and without effect: this engine does not obey ${settings.length > 1 ? 'them' : 'it'}`;
  telemetry.log.write('info', 'topic.settings_without_effect', message, { topic, settings: settings.join(',') });
}
