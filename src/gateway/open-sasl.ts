/** Signing in, put together from the settings and the users. */
import type { Clock } from '../clock';
import type { Config } from '../config';
import { isLoopback } from '../config/address';
import { createMechanisms } from '../kafka/sasl/create-mechanisms';
import type { Users } from '../kafka/users/users';
import { systemRandom } from '../random';
import { SaslDoor } from '../server/sasl/sasl-door';
import type { Telemetry } from '../telemetry/telemetry';

export interface SaslParts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly users: Users;
}

/** Undefined where no listener asks for it. */
export function openSasl(config: Config, { clock, telemetry, users }: SaslParts): SaslDoor | undefined {
  const settings = config.sasl;
  if (!config.listeners.some(({ protocol }) => protocol.startsWith('SASL_'))) return undefined;
  warnOfClearPasswords(config, telemetry);
  const mechanisms = createMechanisms(settings.enabledMechanisms, { users, random: systemRandom });
  return new SaslDoor({ settings, mechanisms, clock, telemetry });
}

/** Passwords and tokens as they are, on a network that others may read. */
function warnOfClearPasswords({ listeners, sasl }: Config, { log }: Telemetry): void {
  const clear = sasl.enabledMechanisms.filter((each) => each === 'PLAIN' || each === 'OAUTHBEARER');
  for (const { name, protocol, address } of listeners) {
    if (protocol !== 'SASL_PLAINTEXT' || isLoopback(address.host) || clear.length === 0) continue;
    const what = `clients of ${name} send ${clear.join(' and ')} credentials unencrypted: use SASL_SSL, or SCRAM alone`;
    log.write('warn', 'gateway.credentials_in_clear', what, { listener: name });
  }
}
