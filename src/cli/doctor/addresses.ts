/** Whether clients get where they are told to go: each advertised address is connected to from here, as its listener asks, and so is whom it names as broker. */
import { formatAddress, isLoopback } from '../../config/address';
import type { DrillClient } from '../../drills/run/drill-client';
import type { ClientAccess } from '../kafka-client/client-properties';
import { signIn } from '../kafka-client/sign-in';
import { type CheckResult, failed, messageOf, passed, warned } from './check';
import type { Health } from './health';
import { askApiVersions, askMetadata, connectTo, inSignInTime } from './questions';

type Advertised = Health['advertised'][number];

export interface Served {
  readonly checks: readonly CheckResult[];
  /** The first advertised address that serves whoever asks here; undefined where none does. */
  readonly kafka: DrillClient | undefined;
}

interface Looked {
  readonly check: CheckResult;
  /** To be closed by whoever takes it; undefined where nothing more can be asked. */
  readonly client?: DrillClient;
}

const CLIENTS_ARE_SENT =
  'clients are sent to this address: correct --advertised, the name in DNS, or what is between (firewall, port mapping)';

/** `access`: whom to trust and what to show; what is spoken is the listener's. */
export async function addressChecks(advertised: Health['advertised'], access: ClientAccess): Promise<Served> {
  const checks: CheckResult[] = [];
  let kafka: DrillClient | undefined;
  for (const address of advertised) {
    const { check, client } = await look(address, { ...access, protocol: address.protocol });
    checks.push(check);
    if (kafka === undefined) kafka = client;
    else client?.close();
  }
  return { checks, kafka };
}

async function look(address: Advertised, access: ClientAccess): Promise<Looked> {
  const name = `address ${address.listener}`;
  const at = formatAddress(address);
  if (address.clientAuth === 'required' && access.tls.cert === undefined)
    return {
      check: warned(
        name,
        `${at} asks for a certificate, and none was given here: it was not looked at`,
        'ssl.keystore.location (type PEM) in the file of --command-config',
      ),
    };
  let client: DrillClient;
  try {
    client = await connectTo(at, access);
  } catch (error) {
    return { check: unreached(name, at, access, error) };
  }
  const { check, serves } = await asked(name, at, client, access);
  if (serves) return { check, client };
  client.close();
  return { check };
}

async function asked(
  name: string,
  at: string,
  client: DrillClient,
  { protocol, signIn: user }: ClientAccess,
): Promise<{ readonly check: CheckResult; readonly serves: boolean }> {
  try {
    const { apiKeys } = await askApiVersions(client);
    const speaks = `${at} speaks Kafka by ${protocol} (${apiKeys.length} APIs)`;
    if (protocol.startsWith('SASL_')) {
      if (user === undefined)
        return {
          check: warned(
            name,
            `${speaks}; nobody was given who could sign in`,
            'security.protocol, sasl.mechanism and sasl.jaas.config in the file of --command-config',
          ),
          serves: false,
        };
      const refusal = await inSignInTime(signIn(client, user)).then(() => undefined, messageOf);
      if (refusal !== undefined)
        return {
          check: failed(name, `${at}: ${refusal}`, 'correct the user in the file of --command-config, or add it'),
          serves: false,
        };
    }
    const { brokers } = await askMetadata(client, []);
    const told = brokers.map((broker) => formatAddress(broker)).join(', ');
    return { check: judged(name, at, told, `${speaks} and sends clients to ${told}`), serves: true };
  } catch (error) {
    return { check: failed(name, `${at}: ${messageOf(error)}`, CLIENTS_ARE_SENT), serves: false };
  }
}

/** An authority that nobody named here says nothing against the listener. */
function unreached(name: string, at: string, { protocol, tls }: ClientAccess, error: unknown): CheckResult {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const found = `${at}: ${messageOf(error)}`;
  if (!protocol.endsWith('SSL') || !/CERT|ISSUER|LEAF/.test(code)) return failed(name, found, CLIENTS_ARE_SENT);
  const fix = 'see the checks of its certificate';
  const isUntrusted = /SELF_SIGNED|ISSUER|LEAF/.test(code);
  return isUntrusted && tls.ca === undefined ? warned(name, found, fix) : failed(name, found, fix);
}

function judged(name: string, at: string, told: string, found: string): CheckResult {
  const host = at.slice(0, at.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  if (told !== at)
    return warned(
      name,
      found,
      'clients of this listener are sent elsewhere: is a proxy between? name the address that they reach by --advertised',
    );
  return isLoopback(host) ? passed(name, `${found}; only clients on this machine reach it`) : passed(name, found);
}
