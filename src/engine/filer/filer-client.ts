/**
 * Small durable state in a filer: SeaweedFS's own `filer_pb.SeaweedFiler`, which the embedded node serves too. Content travels inside
 * the entry, without chunks. A failure is an EngineError; only the filer's own "not found" is absence.
 */
import type { Clock } from '../../clock';
import { SeaweedFilerService } from '../../rpc/filer';
import type { CreateEntryRequest, Entry } from '../../rpc/filer';
import type { CallContext } from '../../telemetry/trace/operation';
import type { EngineChannel } from '../channel/channel';
import { serverAttributes } from '../channel/server-address';
import { EngineError } from '../../engine-error';
import type { Filer } from '../engine';
import type { Faults } from '../../drills/faults';
import type { FilerErrors } from './filer-errors';
import { ABSENT_TEXT, filerEntry, isAbsent, listFiler, walkFiler } from './filer-listing';
import { runPhase } from '../../waiting/phase';
import type { EngineSettings } from '../settings';

const LIST_METHOD = SeaweedFilerService.listEntries.path.slice(1);

export interface FilerStoreOptions {
  /** The channel to a filer; asked for each call, so that it may move. */
  readonly channel: () => EngineChannel;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  /** How entries are made where CreateEntry is not the way; resolves with the filer's error text. */
  readonly create?: (request: CreateEntryRequest, context: CallContext) => Promise<string>;
  /** Told how calls end; absent where nobody watches the filer. */
  readonly errors?: FilerErrors | undefined;
  /** Of drills. */
  readonly faults?: Faults | undefined;
}

/** In the words of the system below the filer's store. */
const NO_SPACE = 'no space left on device (drill)';

export function createFilerStore(options: FilerStoreOptions): Filer {
  const { settings, clock, errors, faults } = options;
  const call = async <T>(
    method: string,
    context: CallContext,
    work: (context: CallContext) => Promise<T>,
  ): Promise<T> => {
    const phase = {
      clock,
      name: 'filer.call',
      deadlineMs: settings.callDeadlineMs,
      what: `filer ${method}`,
      attributes: { 'rpc.method': `filer_pb.SeaweedFiler/${method}` },
    } as const;
    try {
      const result = await runPhase(context, phase, work);
      errors?.served(method);
      return result;
    } catch (error) {
      errors?.failed(method, error, context.operation);
      throw error;
    }
  };

  const create =
    options.create ??
    (async (request, context) => {
      // SeaweedFS 4.48's filer dies of a call that is cancelled while it overwrites an entry.
      const answer = await options.channel().unaryToItsEnd(SeaweedFilerService.createEntry, request, context);
      return answer.error;
    });

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
        const error = faults?.strike('refuse_entries') === undefined ? await create(request, inner) : NO_SPACE;
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
    list: (directory, context, prefix = '') => listFiler(options.channel, { directory, prefix }, context, call),
    listCall: () => ({ 'rpc.method': LIST_METHOD, ...serverAttributes(options.channel().address) }),
    walk: (directory, context) => walkFiler(options.channel, directory, context, call),
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
