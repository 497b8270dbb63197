/** A connection to a gateway as the file of Kafka's client properties has it; signed in where its listener asks for that. */
import { DrillClient } from '../../drills/run/drill-client';
import type { ClientAccess } from './client-properties';
import { signIn } from './sign-in';

/** `bootstrap` is host:port. Rejects with Error where the listener cannot be reached, is not trusted, or lets nobody in. */
export async function connectKafka(bootstrap: string, clientId: string, access: ClientAccess): Promise<DrillClient> {
  const client = await connectUnsigned(bootstrap, clientId, access);
  if (!access.protocol.startsWith('SASL_') || access.signIn === undefined) return client;
  try {
    await signIn(client, access.signIn);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** As far as TLS: nobody is signed in, and hardly anything but ApiVersions is answered where somebody must be. */
export const connectUnsigned = (bootstrap: string, clientId: string, access: ClientAccess): Promise<DrillClient> =>
  DrillClient.connect(bootstrap, clientId, undefined, access.protocol.endsWith('SSL') ? access.tls : undefined);
