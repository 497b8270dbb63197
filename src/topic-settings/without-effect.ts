/** Settings that an engine stores and describes, and that change nothing there. */
import type { EngineAbility } from './setting';
import { TOPIC_SETTINGS } from './table';

/** Of these names, in their order. A name that is no topic setting is among them. */
export function withoutEffect(names: Iterable<string>, abilities: ReadonlySet<EngineAbility>): string[] {
  return [...names].filter((name) => {
    const obeyed = TOPIC_SETTINGS.get(name)?.obeyed;
    return obeyed !== 'always' && (obeyed === undefined || !abilities.has(obeyed));
  });
}
