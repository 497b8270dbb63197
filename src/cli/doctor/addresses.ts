/** Whether clients get where they are told to go: each advertised address is connected to from here, and so is whom it names as broker. */
import { formatAddress, isLoopback } from '../../config/address';
import type { DrillClient } from '../../drills/run/drill-client';
import { type CheckResult, failed, messageOf, passed, warned } from './check';
import type { Health } from './health';
import { askApiVersions, askMetadata, connectTo } from './questions';

export interface Served {
  readonly checks: readonly CheckResult[];
  /** The first advertised address that serves; undefined where none does. */
  readonly kafka: DrillClient | undefined;
}

export async function addressChecks(advertised: Health['advertised']): Promise<Served> {
  const checks: CheckResult[] = [];
  let kafka: DrillClient | undefined;
  for (const address of advertised) {
    const name = `address ${address.listener}`;
    const at = formatAddress(address);
    try {
      const made = await connectTo(at);
      const { apiKeys } = await askApiVersions(made);
      const { brokers } = await askMetadata(made, []);
      const told = brokers.map((broker) => formatAddress(broker)).join(', ');
      checks.push(judged(name, { at, told, apis: apiKeys.length }));
      if (kafka === undefined) kafka = made;
      else made.close();
    } catch (error) {
      checks.push(
        failed(
          name,
          `${at}: ${messageOf(error)}`,
          'clients are sent to this address: correct --advertised, the name in DNS, or what is between (firewall, port mapping)',
        ),
      );
    }
  }
  return { checks, kafka };
}

function judged(name: string, { at, told, apis }: { at: string; told: string; apis: number }): CheckResult {
  const host = at.slice(0, at.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const found = `${at} speaks Kafka (${apis} APIs) and sends clients to ${told}`;
  if (told !== at)
    return warned(
      name,
      found,
      'clients of this listener are sent elsewhere: is a proxy between? name the address that they reach by --advertised',
    );
  return isLoopback(host) ? passed(name, `${found}; only clients on this machine reach it`) : passed(name, found);
}
