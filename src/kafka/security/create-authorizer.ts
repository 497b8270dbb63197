/** The authorizer that the settings ask for, with the entries that all gateways share. */
import type { Clock } from '../../clock';
import type { Telemetry } from '../../telemetry/telemetry';
import type { StoredState } from '../state/stored-state';
import { Authorizer, type AuthorizerSettings } from './authorizer';
import { DenialWatch } from './denials';
import { StoredAcls } from './stored-acls';

interface Parts {
  /** Not yet started. */
  readonly state: StoredState;
  readonly telemetry: Pick<Telemetry, 'log' | 'instruments'>;
  readonly clock: Clock;
}

/** Undefined where everybody may do everything. */
export function createAuthorizer(
  settings: AuthorizerSettings,
  { state, telemetry, clock }: Parts,
): Authorizer | undefined {
  const { log, instruments } = telemetry;
  if (settings.className === 'none') {
    if (settings.superUsers.length === 0) return undefined;
    log.write('warn', 'authorizer.off', 'authorizer.super-users has no effect: authorizer.class-name is none');
    return undefined;
  }
  const acls = new StoredAcls(state);
  instruments.observe('seaglass_acls', () => [[{}, acls.size]]);
  if (settings.superUsers.length === 0) {
    const what = 'authorizer.super-users is empty: nobody can make ACLs unless one lets somebody ALTER the cluster';
    log.write('warn', 'authorizer.no_super_users', what);
  }
  return new Authorizer({ settings, acls, denials: new DenialWatch({ log, instruments }), clock });
}
