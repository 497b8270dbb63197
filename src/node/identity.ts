/** The identity of a data directory: `node.json`, made at the first start and kept for ever. */
import * as path from 'node:path';
import { z } from 'zod';
import type { Random } from '../random';
import { ErrorCode } from '../rpc/record_log';
import { NodeError } from './node-error';
import type { NodeContext } from './node-settings';
import { readStateFile, writeStateFile } from './disk/state-file';

const identitySchema = z.object({
  /** The version of the directory's layout. */
  version: z.literal(1),
  nodeId: z.string(),
  clusterId: z.string(),
  createdAtMs: z.number(),
});
export type Identity = z.infer<typeof identitySchema>;

/** Reads the identity, or makes it. Throws STORAGE_ERROR where it is unreadable or of another cluster. */
export function openIdentity(context: NodeContext, clusterId: string | undefined): Identity {
  const file = path.join(context.dataDirectory, 'node.json');
  const stored = readStateFile(context.disk, file);
  if (stored === undefined) {
    const identity = {
      version: 1 as const,
      nodeId: randomId(context.random),
      clusterId: clusterId ?? randomId(context.random),
      createdAtMs: context.clock.nowMs(),
    };
    writeStateFile(context.disk, file, identity);
    return identity;
  }
  const parsed = identitySchema.safeParse(stored);
  if (!parsed.success) {
    throw new NodeError(
      ErrorCode.STORAGE_ERROR,
      `${file} is not of a version this program knows: ${z.prettifyError(parsed.error)}`,
    );
  }
  if (clusterId !== undefined && clusterId !== parsed.data.clusterId) {
    const message = `${context.dataDirectory} belongs to the cluster ${parsed.data.clusterId}, not to ${clusterId}`;
    throw new NodeError(ErrorCode.STORAGE_ERROR, message);
  }
  return parsed.data;
}

/** 16 random bytes as 22 characters of base64url, as Kafka's ids are; not beginning with a dash, which tools take for a flag. */
function randomId(random: Random): string {
  for (;;) {
    const id = random.bytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
