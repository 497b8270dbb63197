/** What limits.connections-per-address-max-overrides grants, by address: hosts are looked up once, as Kafka does at its start. */
import { type Config, ConfigError } from '../config';
import { resolveHost } from '../kafka/quotas/host-address';

/** Throws ConfigError for a host that leads nowhere. */
export async function connectionsOfHosts({ limits }: Config): Promise<ReadonlyMap<string, number>> {
  const maxima = new Map<string, number>();
  for (const { host, connectionsMax } of limits.connectionsPerAddressMaxOverrides) {
    const address = await resolveHost(host);
    if (address === undefined) {
      throw new ConfigError(`limits.connections-per-address-max-overrides: ${host} leads to no address`);
    }
    maxima.set(address, connectionsMax);
  }
  return maxima;
}
