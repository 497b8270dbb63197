/** Each listener with all that holds for it: its address, what it tells clients, its own settings, TLS where it speaks it. */
import type { SaslMechanism } from '../kafka/sasl/sasl-failure';
import type { ListenerTls } from '../tls/tls-door';
import { ConfigError } from './config-error';
import { type OwnValues, ownValues } from './listener-settings';
import { type ListenerConfig, listenersOf } from './listeners';
import type { Values } from './settings';

export interface ConfiguredListener extends ListenerConfig {
  readonly own: OwnValues;
  /** By which clients sign in; none where it does not ask for SASL. */
  readonly mechanisms: readonly SaslMechanism[];
  /** Of listeners that speak TLS. */
  readonly tls: ListenerTls | undefined;
}

/** Throws ConfigError where names do not match, or a listener lacks what it needs. */
export function configuredListeners({
  general,
  listener,
  sasl,
  ssl,
}: Pick<Values, 'general' | 'listener' | 'sasl' | 'ssl'>): readonly ConfiguredListener[] {
  if (general.listen.length === 0) throw new ConfigError('listen needs an address, and has none');
  const listeners = listenersOf(general.listen, general.advertised, general.listenerSecurityProtocolMap);
  const byName = ownValues(listener.name);
  const names = listeners.map(({ name }) => name);
  const stray = [...byName.keys()].find((name) => !names.includes(name));
  if (stray !== undefined) throw new ConfigError(`listener.name names ${stray}, and listen has ${names.join(', ')}`);
  return listeners.map((each) => {
    const own = byName.get(each.name) ?? {};
    const mechanisms = each.protocol.startsWith('SASL_') ? mechanismsOf(each, own, sasl) : [];
    return { ...each, own, mechanisms, tls: each.protocol.endsWith('SSL') ? tlsOf(each, own, ssl) : undefined };
  });
}

function mechanismsOf(
  { name, protocol }: ListenerConfig,
  own: OwnValues,
  sasl: Values['sasl'],
): readonly SaslMechanism[] {
  const mechanisms = own['sasl.enabled.mechanisms'] ?? sasl.enabledMechanisms;
  if (mechanisms.length === 0)
    throw new ConfigError(`listener ${name} speaks ${protocol} and needs sasl.enabled-mechanisms`);
  if (mechanisms.includes('OAUTHBEARER')) checkTokens(sasl);
  return mechanisms;
}

/** A token of anybody, or for anybody, would let in whoever has one. */
function checkTokens(sasl: Values['sasl']): void {
  const missing = [
    sasl.oauthbearerJwksEndpointUrl === undefined ? ['sasl.oauthbearer-jwks-endpoint-url'] : [],
    sasl.oauthbearerExpectedIssuer === undefined ? ['sasl.oauthbearer-expected-issuer'] : [],
    sasl.oauthbearerExpectedAudience.length === 0 ? ['sasl.oauthbearer-expected-audience'] : [],
  ].flat();
  if (missing.length > 0)
    throw new ConfigError(`OAUTHBEARER in sasl.enabled-mechanisms needs ${missing.join(', ')}, and has none`);
}

function tlsOf({ name, protocol }: ListenerConfig, own: OwnValues, ssl: Values['ssl']): ListenerTls {
  const keystoreLocation = own['ssl.keystore.location'] ?? ssl.keystoreLocation;
  if (keystoreLocation === undefined)
    throw new ConfigError(
      `listener ${name} speaks ${protocol} and needs ssl.keystore-location, or listener.name.${name.toLowerCase()}.ssl.keystore.location; neither is set`,
    );
  // A key of its own goes with a keystore of its own: the key of all others would not fit.
  const shared = own['ssl.keystore.location'] === undefined ? ssl : { keyLocation: undefined, keyPassword: undefined };
  return {
    settings: {
      keystoreLocation,
      keyLocation: own['ssl.key.location'] ?? shared.keyLocation,
      keyPassword: own['ssl.key.password'] ?? shared.keyPassword,
      truststoreLocation: own['ssl.truststore.location'] ?? ssl.truststoreLocation,
      // As Kafka: where clients show who they are by SASL, only the listener itself can ask for certificates besides.
      clientAuth: own['ssl.client.auth'] ?? (protocol === 'SASL_SSL' ? 'none' : ssl.clientAuth),
      enabledProtocols: own['ssl.enabled.protocols'] ?? ssl.enabledProtocols,
    },
    rules: own['ssl.principal.mapping.rules'] ?? ssl.principalMappingRules,
  };
}
