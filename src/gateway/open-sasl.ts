/** Signing in, put together from the settings and the users. */
import type { AuditTrail } from '../audit-trail/audit-trail';
import type { Clock } from '../clock';
import type { Config } from '../config';
import { isLoopback } from '../config/address';
import { createMechanisms, type Mechanisms } from '../kafka/sasl/create-mechanisms';
import { IssuerKeys } from '../kafka/sasl/oauthbearer/issuer-keys';
import { TokenVerifier } from '../kafka/sasl/oauthbearer/token-verifier';
import type { Users } from '../kafka/users/users';
import { systemRandom } from '../random';
import { SaslDoor } from '../server/sasl/sasl-door';
import type { Telemetry } from '../telemetry/telemetry';

export interface SaslParts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly users: Users;
  readonly auditTrail: AuditTrail;
}

/** Undefined where no listener asks for it. */
export function openSasl(config: Config, parts: SaslParts): SaslDoor | undefined {
  const settings = config.sasl;
  const asking = config.listeners.filter(({ mechanisms }) => mechanisms.length > 0);
  if (asking.length === 0) return undefined;
  const { clock, telemetry, users, auditTrail } = parts;
  warnOfClearPasswords(config, telemetry);
  const verifier = verifierOf(config, parts);
  const mechanisms = { users, random: systemRandom, verifier };
  const offered = new Map(asking.map((each) => [each.name, createMechanisms(each.mechanisms, mechanisms)]));
  const mechanismsOf = (listener: string): Mechanisms => offered.get(listener) ?? new Map();
  return new SaslDoor({ settings, mechanismsOf, clock, telemetry, auditTrail });
}

/** Undefined where tokens are not taken: what they need was checked with the settings. */
function verifierOf({ listeners, sasl }: Config, { clock, telemetry }: SaslParts): TokenVerifier | undefined {
  const { oauthbearerJwksEndpointUrl: url, oauthbearerExpectedIssuer: expectedIssuer } = sasl;
  const takesTokens = listeners.some(({ mechanisms }) => mechanisms.includes('OAUTHBEARER'));
  if (!takesTokens || url === undefined || expectedIssuer === undefined) return undefined;
  const { log } = telemetry;
  if (/^http:\/\/(?!localhost[:/]|127\.|\[::1\])/.test(url))
    log.write(
      'warn',
      'sasl.keys_in_clear',
      'keys of tokens come by http: whoever is between may give others; use https',
    );
  const keys = new IssuerKeys({ url, refreshMs: sasl.oauthbearerJwksEndpointRefreshMs, clock, log });
  return new TokenVerifier(
    {
      expectedIssuer,
      expectedAudience: sasl.oauthbearerExpectedAudience,
      clockSkewSeconds: sasl.oauthbearerClockSkewSeconds,
      subClaimName: sasl.oauthbearerSubClaimName,
    },
    { keys, clock },
  );
}

/** Passwords and tokens as they are, on a network that others may read. */
function warnOfClearPasswords({ listeners }: Config, { log }: Telemetry): void {
  for (const { name, protocol, address, mechanisms } of listeners) {
    const clear = mechanisms.filter((each) => each === 'PLAIN' || each === 'OAUTHBEARER');
    if (protocol !== 'SASL_PLAINTEXT' || isLoopback(address.host) || clear.length === 0) continue;
    const what = `clients of ${name} send ${clear.join(' and ')} credentials unencrypted: use SASL_SSL, or SCRAM alone`;
    log.write('warn', 'gateway.credentials_in_clear', what, { listener: name });
  }
}
