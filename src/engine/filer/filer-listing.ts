/**
 * Listings of the filer: one directory a page at a time, or a whole tree in one stream, entries with their content. A lookup and a listing of
 * each directory of a tree would cost as many calls as there are directories.
 */
import { status } from '@grpc/grpc-js';
import { SeaweedFilerService } from '../../rpc/filer';
import type { Entry, ListEntriesRequest, ListEntriesResponse, TraverseBfsMetadataResponse } from '../../rpc/filer';
import type { CallContext } from '../../telemetry/trace/operation';
import type { EngineChannel } from '../channel/channel';
import type { FilerEntry, WalkedEntry } from '../engine';
import { EngineError } from '../../engine-error';
import { isServiceError } from '../../grpc/status';
import { StreamReader } from '../channel/stream-reader';

/** The first page is small, for those who look no further. */
const FIRST_PAGE_ENTRIES = 16;
const PAGE_ENTRIES = 1_000;
/** Of a walk, within one deadline: the filer sends while it lists. */
const PART_ENTRIES = 1_000;
/** What SeaweedFS's filer says of an absent entry; its status is UNKNOWN. */
export const ABSENT_TEXT = 'no entry is found';

/** A named wait on the filer with the deadline of one call. */
export type FilerCall = <T>(
  method: string,
  context: CallContext,
  work: (context: CallContext) => Promise<T>,
) => Promise<T>;

export async function* listFiler(
  channel: () => EngineChannel,
  { directory, prefix }: { readonly directory: string; readonly prefix: string },
  context: CallContext,
  call: FilerCall,
): AsyncGenerator<FilerEntry> {
  let after = '';
  for (let limit = FIRST_PAGE_ENTRIES; ; limit = PAGE_ENTRIES) {
    const request: ListEntriesRequest = {
      directory,
      prefix,
      startFromFileName: after,
      inclusiveStartFrom: false,
      limit,
    };
    const page = await call('ListEntries', context, (inner) => listPage(channel(), request, inner));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    after = last.name;
  }
}

async function listPage(
  channel: EngineChannel,
  request: ListEntriesRequest,
  context: CallContext,
): Promise<FilerEntry[]> {
  const stream = await channel.serverStream(SeaweedFilerService.listEntries, request, context);
  try {
    const reader = new StreamReader<ListEntriesResponse>(stream, `filer ListEntries of ${request.directory}`);
    const entries: FilerEntry[] = [];
    for (;;) {
      const received = await reader.receive(context.signal);
      if (received.kind === 'message') {
        if (received.message.entry !== undefined) entries.push(filerEntry(received.message.entry));
      } else if (received.error === undefined || isAbsent(received.error)) return entries;
      else throw received.error;
    }
  } finally {
    stream.cancel();
  }
}

export async function* walkFiler(
  channel: () => EngineChannel,
  directory: string,
  context: CallContext,
  call: FilerCall,
): AsyncGenerator<WalkedEntry> {
  const request = { directory, excludedPrefixes: [] };
  const { stream, reader } = await call('TraverseBfsMetadata', context, async (inner) => {
    const opened = await channel().serverStream(SeaweedFilerService.traverseBfsMetadata, request, inner);
    const what = `filer TraverseBfsMetadata of ${directory}`;
    return { stream: opened, reader: new StreamReader<TraverseBfsMetadataResponse>(opened, what) };
  });
  try {
    for (let isFirst = true; ; isFirst = false) {
      const part = await call('TraverseBfsMetadata', context, (inner) => receivePart(reader, inner.signal));
      // Said of the directory itself it is absence; after that a part of the tree would be missing.
      if (part.end === 'absent' && !(isFirst && part.entries.length === 0)) throw part.error;
      yield* part.entries;
      if (part.end !== undefined) return;
    }
  } finally {
    stream.cancel();
  }
}

/** Without an end where more may come. */
type Part = { readonly entries: readonly WalkedEntry[] } & (
  { readonly end?: 'whole' } | { readonly end: 'absent'; readonly error: EngineError }
);

async function receivePart(reader: StreamReader<TraverseBfsMetadataResponse>, signal: AbortSignal): Promise<Part> {
  const entries: WalkedEntry[] = [];
  while (entries.length < PART_ENTRIES) {
    const received = await reader.receive(signal);
    if (received.kind === 'message') {
      const { directory, entry } = received.message;
      if (entry !== undefined) entries.push({ ...filerEntry(entry), directory });
    } else if (received.error === undefined) return { entries, end: 'whole' };
    else if (isAbsent(received.error)) return { entries, end: 'absent', error: received.error };
    else throw received.error;
  }
  return { entries };
}

export function filerEntry(entry: Entry): FilerEntry {
  return { name: entry.name, isDirectory: entry.isDirectory, content: entry.content };
}

/** The filer's own "not found". */
export function isAbsent(error: unknown): boolean {
  const cause = error instanceof EngineError ? error.cause : error;
  if (!isServiceError(cause)) return false;
  return cause.code === status.NOT_FOUND || cause.details.includes(ABSENT_TEXT);
}
