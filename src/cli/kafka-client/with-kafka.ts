/** A command's connection to a gateway: made as it was told, and closed behind what it does. */
import { Option } from 'commander';
import type { DrillClient } from '../../drills/run/drill-client';
import { clientAccess } from './client-properties';
import { connectKafka } from './connect';

export interface KafkaTold {
  /** host:port */
  readonly bootstrap: string;
  readonly commandConfig?: string | undefined;
  readonly clientId: string;
}

export const commandConfigOption = (): Option =>
  new Option(
    '--command-config <file>',
    "how to connect, as Kafka's tools are told: SSL with PEM files, SASL by PLAIN or SCRAM",
  );

/** What a listener wants that ends a connection without a word. */
const UNSAID = 'if it speaks TLS or asks for SASL, say how to connect by --command-config FILE';

/** Rejects as `act` does, or with Error that says why there is no connection. */
export async function withKafka<T>(
  { bootstrap, commandConfig, clientId }: KafkaTold,
  act: (client: DrillClient) => Promise<T>,
): Promise<T> {
  const client = await connectKafka(bootstrap, clientId, clientAccess(commandConfig));
  try {
    return await act(client);
  } catch (error) {
    if (commandConfig !== undefined || !client.socket.destroyed) throw error;
    throw new Error(`${bootstrap} closed the connection: ${UNSAID}`, { cause: error });
  } finally {
    client.close();
  }
}
