/** What IncrementalAlterConfigs makes of a topic's settings: SET, DELETE, APPEND and SUBTRACT, in Kafka's words. */
import { assert } from '../../assert';
import { ErrorCode } from '../../protocol/error-code';
import { splitList } from '../../topic-settings/read-text';
import { shortened } from '../../topic-settings/refusal';
import { TOPIC_SETTINGS } from '../../topic-settings/table';
import { AdminError } from './admin-error';
import { RESOURCE } from './config-resource';
import { duplicatesOf } from './duplicates';

const OPERATION_NAMES = ['SET', 'DELETE', 'APPEND', 'SUBTRACT'] as const;

export interface ConfigChange {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}

/** Whether the change is one of the four that there are. */
export const isKnownOperation = ({ configOperation }: Pick<ConfigChange, 'configOperation'>): boolean =>
  OPERATION_NAMES[configOperation] !== undefined;

/** What is wrong with changes of whatever resource, in Kafka's order. Throws AdminError. */
export function checkChanges(resourceType: number, changes: readonly ConfigChange[]): void {
  checkNoDuplicates(changes);
  checkValues(changes.filter((each) => OPERATION_NAMES[each.configOperation] !== 'DELETE'));
  const unknown = changes.find((each) => !isKnownOperation(each));
  if (unknown === undefined) return;
  if (resourceType === RESOURCE.broker) {
    throw new AdminError(ErrorCode.INVALID_REQUEST, `Unknown operations type ${unknown.configOperation}`);
  }
  // Kafka's broker passes on to its controller what is not about itself, and the controller fails over such an operation.
  throw new AdminError(ErrorCode.UNKNOWN_SERVER_ERROR, null);
}

/** The settings after changes that passed `checkChanges`, not yet validated. Throws AdminError. */
export function applyChanges(
  before: ReadonlyMap<string, string>,
  changes: readonly ConfigChange[],
): ReadonlyMap<string, string> {
  const after = new Map(before);
  for (const change of changes) applyOne(after, change);
  return after;
}

export function checkNoDuplicates(changes: readonly { readonly name: string }[]): void {
  if (duplicatesOf(changes.map((each) => each.name)).size > 0) {
    throw new AdminError(ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys');
  }
}

export function checkValues(changes: readonly { readonly name: string; readonly value: string | null }[]): void {
  const withoutValue = changes.filter(({ value }) => value === null);
  if (withoutValue.length === 0) return;
  const names = withoutValue.map(({ name }) => shortened(name)).join(',');
  throw new AdminError(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${names}`);
}

function applyOne(configs: Map<string, string>, change: ConfigChange): void {
  const { name } = change;
  const value = change.value ?? '';
  const operation = OPERATION_NAMES[change.configOperation];
  switch (operation) {
    case 'SET':
      configs.set(name, value);
      return;
    case 'DELETE':
      configs.delete(name);
      return;
    case 'APPEND':
    case 'SUBTRACT': {
      const setting = TOPIC_SETTINGS.get(name);
      if (setting?.type !== 'list') {
        const message = `Can't ${operation} to key ${shortened(name)} because its type is not LIST.`;
        throw new AdminError(ErrorCode.INVALID_CONFIG, message);
      }
      const items = splitList(configs.get(name) ?? setting.default ?? '');
      const given = splitList(value);
      const added = [...items, ...given.filter((each) => !items.includes(each))];
      const rest = items.filter((each) => !given.includes(each));
      configs.set(name, (operation === 'APPEND' ? added : rest).join(','));
      return;
    }
    default:
      assert(false, `one of ${OPERATION_NAMES.length} operations, not ${change.configOperation}`);
  }
}
