/**
 * The cluster id where the engine has none of its own: made once and kept in the filer, so that every gateway before the same
 * engine tells clients the same.
 *
 *   /topics/kafka/.meta/seaglass/cluster-id    {"type":"cluster_id","id":"…"}
 */
import type { Filer } from '../engine/engine';
import { systemRandom } from '../random';
import type { CallContext } from '../telemetry/trace/operation';

const DIRECTORY = '/topics/kafka/.meta/seaglass';
const NAME = 'cluster-id';
const FORM = /"id"\s*:\s*"([\w-]{1,64})"/;

/** Throws EngineError where the filer cannot be read or written. */
export async function clusterIdFrom(filer: Filer, context: CallContext): Promise<string> {
  const found = await read(filer, context);
  if (found !== undefined) return found;
  // As Kafka's: 16 random bytes in base64url.
  const made = systemRandom.bytes(16).toString('base64url');
  await filer.put(DIRECTORY, NAME, new TextEncoder().encode(JSON.stringify({ type: 'cluster_id', id: made })), context);
  // Another gateway may have written meanwhile: what is there now is what all will read.
  return (await read(filer, context)) ?? made;
}

async function read(filer: Filer, context: CallContext): Promise<string | undefined> {
  const entry = await filer.get(DIRECTORY, NAME, context);
  return entry === undefined ? undefined : FORM.exec(new TextDecoder().decode(entry.content))?.[1];
}
