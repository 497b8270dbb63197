/**
 * Small durable state in a filer: SeaweedFS's own `filer_pb.SeaweedFiler`, which the embedded node serves too. Content travels inside
 * the entry, without chunks. A failure is an EngineError; only the filer's own "not found" is absence.
 */
import { status } from '@grpc/grpc-js';
import type { Clock } from '../clock';
import { SeaweedFilerService } from '../rpc/filer';
import type { Entry, ListEntriesRequest, ListEntriesResponse } from '../rpc/filer';
import type { CallContext } from '../telemetry/operation';
import type { EngineChannel } from './channel';
import { EngineError } from './engine-error';
import type { FilerEntry, FilerStore } from './engine';
import { runPhase } from './phase';
import type { EngineSettings } from './settings';
import { isServiceError } from './status';
import { StreamReader } from './stream-reader';

export interface FilerStoreOptions {
  /** The channel to a filer; asked for each call, so that it may move. */
  readonly channel: () => EngineChannel;
  readonly settings: EngineSettings;
  readonly clock: Clock;
}

const PAGE_ENTRIES = 1_000;
/** What SeaweedFS's filer says of an absent entry; its status is UNKNOWN. */
const ABSENT_TEXT = 'no entry is found';

export function createFilerStore(options: FilerStoreOptions): FilerStore {
  const { settings, clock } = options;
  const call = <T>(method: string, context: CallContext, work: (context: CallContext) => Promise<T>): Promise<T> =>
    runPhase(
      context,
      {
        clock,
        name: 'filer.call',
        deadlineMs: settings.callDeadlineMs,
        what: `filer ${method}`,
        attributes: { 'rpc.method': `filer_pb.SeaweedFiler/${method}` },
      },
      work,
    );

  return {
    put: (directory, name, content, context) =>
      call('CreateEntry', context, async (inner) => {
        const entry = entryOf(name, content, BigInt(Math.floor(clock.nowMs() / 1_000)));
        const request = {
          directory,
          entry,
          oExcl: false,
          isFromOtherCluster: false,
          signatures: [],
          skipCheckParentDirectory: false,
        };
        const { error } = await options.channel().unary(SeaweedFilerService.createEntry, request, inner);
        if (error !== '') throw new EngineError('storage_error', `filer CreateEntry in ${directory}: ${error}`);
      }),
    get: (directory, name, context) =>
      call('LookupDirectoryEntry', context, async (inner) => {
        try {
          const request = { directory, name };
          const answer = await options.channel().unary(SeaweedFilerService.lookupDirectoryEntry, request, inner);
          return answer.entry === undefined ? undefined : filerEntry(answer.entry);
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        }
      }),
    list: (directory, context) => list(options.channel, directory, context, call),
    delete: (directory, name, { recursive }, context) =>
      call('DeleteEntry', context, async (inner) => {
        const request = {
          directory,
          name,
          isDeleteData: true,
          isRecursive: recursive,
          ignoreRecursiveError: false,
        };
        try {
          const { error } = await options.channel().unary(SeaweedFilerService.deleteEntry, request, inner);
          if (error !== '' && !error.includes(ABSENT_TEXT)) {
            throw new EngineError('storage_error', `filer DeleteEntry in ${directory}: ${error}`);
          }
        } catch (error) {
          if (!isAbsent(error)) throw error;
        }
      }),
  };
}

type FilerCall = <T>(method: string, context: CallContext, work: (context: CallContext) => Promise<T>) => Promise<T>;

async function* list(
  channel: () => EngineChannel,
  directory: string,
  context: CallContext,
  call: FilerCall,
): AsyncGenerator<FilerEntry> {
  let after = '';
  for (;;) {
    const request: ListEntriesRequest = {
      directory,
      prefix: '',
      startFromFileName: after,
      inclusiveStartFrom: false,
      limit: PAGE_ENTRIES,
    };
    const page = await call('ListEntries', context, (inner) => listPage(channel(), request, inner));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ENTRIES) return;
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

function filerEntry(entry: Entry): FilerEntry {
  return { name: entry.name, isDirectory: entry.isDirectory, content: entry.content };
}

function entryOf(name: string, content: Uint8Array, nowSeconds: bigint): Entry {
  return {
    name,
    isDirectory: false,
    chunks: [],
    attributes: {
      fileSize: BigInt(content.byteLength),
      mtime: nowSeconds,
      fileMode: 0o644,
      uid: 0,
      gid: 0,
      crtime: nowSeconds,
      mime: '',
      ttlSec: 0,
    },
    extended: {},
    content,
  };
}

function isAbsent(error: unknown): boolean {
  const cause = error instanceof EngineError ? error.cause : error;
  if (!isServiceError(cause)) return false;
  return cause.code === status.NOT_FOUND || cause.details.includes(ABSENT_TEXT);
}
