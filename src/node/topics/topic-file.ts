/** The list of topics as it is kept in the directory: `topics.json`, replaced whole at each change. */
import * as path from 'node:path';
import { z } from 'zod';
import { ErrorCode } from '../../rpc/record_log';
import type { Disk } from '../disk/disk';
import { NodeError } from '../node-error';
import { readStateFile, writeStateFile } from '../disk/state-file';

const topicSchema = z.object({
  name: z.string(),
  /** 32 hex digits; also the name of the topic's directory. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  partitionCount: z.int().min(1),
  configs: z.record(z.string(), z.string()),
  createdAtMs: z.number(),
});
const fileSchema = z.object({
  topics: z.array(topicSchema),
  /** Ids of deleted topics whose files may still be there. */
  deleting: z.array(z.string()),
});

export type StoredTopic = z.infer<typeof topicSchema>;
export type TopicFile = z.infer<typeof fileSchema>;

export function topicFilePath(dataDirectory: string): string {
  return path.join(dataDirectory, 'topics.json');
}

/** Throws STORAGE_ERROR where the file is there and is not a list of topics. */
export function readTopicFile(disk: Disk, dataDirectory: string): TopicFile {
  const file = topicFilePath(dataDirectory);
  const value = readStateFile(disk, file);
  if (value === undefined) return { topics: [], deleting: [] };
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new NodeError(ErrorCode.STORAGE_ERROR, `${file} is not a list of topics: ${z.prettifyError(parsed.error)}`);
}

export function writeTopicFile(disk: Disk, dataDirectory: string, value: TopicFile): void {
  writeStateFile(disk, topicFilePath(dataDirectory), value);
}
