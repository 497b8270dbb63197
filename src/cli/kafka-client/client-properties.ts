/** How Kafka's own tools are told to connect (`--command-config client.properties`), as far as the gateway can be connected to so. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { SecurityProtocol } from '../../kafka/connection-session';
import { UsageError } from '../usage-error';
import { parseProperties } from './properties';
import { SIGN_IN_MECHANISMS, type SignIn } from './sign-in';

/** What a client shows and what it trusts. */
export interface ClientAccess {
  readonly protocol: SecurityProtocol;
  /** Whom to trust and what to show, wherever TLS is spoken; the system's authorities and nothing where empty. */
  readonly tls: ConnectionOptions;
  /** Undefined where no mechanism is named. */
  readonly signIn: SignIn | undefined;
}

const PLAIN_ACCESS: ClientAccess = { protocol: 'PLAINTEXT', tls: {}, signIn: undefined };
const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

/** Throws UsageError for what is asked for and not supported. */
export function clientAccess(path: string | undefined): ClientAccess {
  if (path === undefined) return PLAIN_ACCESS;
  const properties = parseProperties(read(path));
  const named = properties.get('security.protocol') ?? 'PLAINTEXT';
  const protocol = PROTOCOLS.find((each) => each === named);
  if (protocol === undefined)
    throw new UsageError(`${path}: security.protocol ${named} is none; there are ${PROTOCOLS.join(', ')}`);
  const signIn = signInOf(properties, path);
  if (protocol.startsWith('SASL_') && signIn === undefined)
    throw new UsageError(`${path}: security.protocol ${protocol} needs sasl.mechanism and sasl.jaas.config`);
  return { protocol, tls: tlsOf(properties, path), signIn };
}

function tlsOf(properties: ReadonlyMap<string, string>, path: string): ConnectionOptions {
  const [truststore, keystore] = ['truststore', 'keystore'].map((store) => pemOf(properties, store, path));
  const endpointCheck = properties.get('ssl.endpoint.identification.algorithm') ?? 'https';
  const passphrase = properties.get('ssl.key.password');
  return {
    ...(truststore === undefined ? {} : { ca: truststore }),
    // One file holds both, as Kafka has it.
    ...(keystore === undefined ? {} : { cert: keystore, key: keystore }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(endpointCheck === '' ? { checkServerIdentity: () => undefined } : {}),
  };
}

function pemOf(properties: ReadonlyMap<string, string>, store: string, path: string): string | undefined {
  const location = properties.get(`ssl.${store}.location`);
  if (location === undefined) return undefined;
  const type = properties.get(`ssl.${store}.type`) ?? 'JKS';
  if (type !== 'PEM') throw new UsageError(`${path}: ssl.${store}.type ${type} is not supported here; PEM is`);
  return read(location);
}

function signInOf(properties: ReadonlyMap<string, string>, path: string): SignIn | undefined {
  const named = properties.get('sasl.mechanism');
  if (named === undefined) return undefined;
  const mechanism = SIGN_IN_MECHANISMS.find((each) => each === named);
  if (mechanism === undefined)
    throw new UsageError(
      `${path}: sasl.mechanism ${named} is not supported here; ${SIGN_IN_MECHANISMS.join(', ')} are`,
    );
  const jaas = properties.get('sasl.jaas.config') ?? '';
  const [user, password] = [jaasOption(jaas, 'username'), jaasOption(jaas, 'password')];
  if (user === undefined || password === undefined)
    throw new UsageError(`${path}: sasl.jaas.config needs username="…" and password="…"`);
  return { mechanism, user, password };
}

/** As in `ScramLoginModule required username="alice" password="a \"secret\"";`. */
function jaasOption(jaas: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"((?:\\\\.|[^"\\\\])*)"|'([^']*)'|([^\\s;"']+))`).exec(jaas);
  if (match === null) return undefined;
  const [, quoted, single, bare] = match;
  return quoted?.replace(/\\(.)/g, '$1') ?? single ?? bare;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
