/** How Kafka's own tools are told to connect (`--command-config client.properties`), as far as the gateway can be connected to so. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { UsageError } from '../usage-error';

/** Undefined where nothing is encrypted. Throws UsageError for what is asked for and not supported. */
export function tlsOf(path: string | undefined): ConnectionOptions | undefined {
  if (path === undefined) return undefined;
  const properties = propertiesOf(path);
  const protocol = properties.get('security.protocol') ?? 'PLAINTEXT';
  if (protocol === 'PLAINTEXT') return undefined;
  if (protocol !== 'SSL') {
    throw new UsageError(`${path}: security.protocol ${protocol} is not supported here; PLAINTEXT and SSL are`);
  }
  const [truststore, keystore] = ['truststore', 'keystore'].map((store) => pemOf(properties, store, path));
  const endpointCheck = properties.get('ssl.endpoint.identification.algorithm') ?? 'https';
  return {
    ...(truststore === undefined ? {} : { ca: truststore }),
    // One file holds both, as Kafka has it.
    ...(keystore === undefined ? {} : { cert: keystore, key: keystore }),
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

function propertiesOf(path: string): ReadonlyMap<string, string> {
  const lines = read(path)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#!]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.search(/[=:]/);
      return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
