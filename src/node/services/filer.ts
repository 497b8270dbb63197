/** The subset of filer_pb.SeaweedFiler that the gateway calls, with SeaweedFS's answers. */
import { reasonOf } from '../node-error';
import { status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type {
  CreateEntryRequest,
  CreateEntryResponse,
  DeleteEntryRequest,
  DeleteEntryResponse,
  LookupDirectoryEntryRequest,
  LookupDirectoryEntryResponse,
  SeaweedFilerServer,
} from '../../rpc/filer';
import type { CreateEntriesRequest, CreateEntriesResponse, FilerBatchServer } from '../../rpc/filer_batch';
import type { FilerStore } from '../filer/filer-store';

/** SeaweedFS's own text: its clients look for it. */
const NOT_FOUND_TEXT = 'filer: no entry is found in filer store';

export function filerHandlers(store: FilerStore): SeaweedFilerServer {
  return {
    lookupDirectoryEntry: (
      call: ServerUnaryCall<LookupDirectoryEntryRequest, LookupDirectoryEntryResponse>,
      callback: sendUnaryData<LookupDirectoryEntryResponse>,
    ) => {
      const entry = store.find(call.request.directory, call.request.name);
      if (entry === undefined) callback({ code: status.NOT_FOUND, details: NOT_FOUND_TEXT }, null);
      else callback(null, { entry });
    },
    createEntry: (
      call: ServerUnaryCall<CreateEntryRequest, CreateEntryResponse>,
      callback: sendUnaryData<CreateEntryResponse>,
    ) => {
      const { directory, entry, oExcl } = call.request;
      if (entry === undefined) callback(null, { error: 'the request has no entry' });
      else {
        const made = store.put([{ directory, entry, exclusive: oExcl }]);
        void made.then(([error = '']) => callback(null, { error }), failed(callback));
      }
    },
    deleteEntry: (
      call: ServerUnaryCall<DeleteEntryRequest, DeleteEntryResponse>,
      callback: sendUnaryData<DeleteEntryResponse>,
    ) => {
      const { directory, name, isRecursive } = call.request;
      void store.remove(directory, name, isRecursive).then((error) => callback(null, { error }), failed(callback));
    },
    listEntries: (call) => {
      const { directory, prefix, startFromFileName, inclusiveStartFrom, limit } = call.request;
      const query = { directory, prefix, startFrom: startFromFileName, inclusive: inclusiveStartFrom, limit };
      sendAll(
        call,
        store.list(query).map((entry) => ({ entry })),
      );
    },
    traverseBfsMetadata: (call) => {
      const { directory } = call.request;
      const walked = store.walk(directory)[Symbol.iterator]();
      const first = walked.next();
      if (first.done === true)
        call.emit('error', { code: status.UNKNOWN, details: `find dir ${directory}: ${NOT_FOUND_TEXT}` });
      else sendAll(call, resumed(first.value, walked));
    },
  };
}

/** Several entries in one call, as the node alone offers it. */
export function filerBatchHandlers(store: FilerStore): FilerBatchServer {
  return {
    createEntries: (
      call: ServerUnaryCall<CreateEntriesRequest, CreateEntriesResponse>,
      callback: sendUnaryData<CreateEntriesResponse>,
    ) => {
      const { requests } = call.request;
      const puts = requests.flatMap(({ directory, entry, oExcl }) =>
        entry === undefined ? [] : [{ directory, entry, exclusive: oExcl }],
      );
      if (puts.length < requests.length) {
        callback({ code: status.INVALID_ARGUMENT, details: 'a request has no entry' }, null);
        return;
      }
      void store.put(puts).then(
        (errors) => callback(null, { errors }),
        (error: unknown) => callback(null, { errors: puts.map(() => reasonOf(error)) }),
      );
    },
  };
}

/** Writes as fast as the peer takes it. */
function sendAll<Request, Response>(call: ServerWritableStream<Request, Response>, answers: Iterable<Response>): void {
  const left = answers[Symbol.iterator]();
  const send = (): void => {
    for (let next = left.next(); next.done !== true && !call.cancelled; next = left.next()) {
      if (!call.write(next.value)) {
        call.once('drain', send);
        return;
      }
    }
    call.end();
  };
  send();
}

function* resumed<T>(first: T, rest: Iterator<T>): Iterable<T> {
  yield first;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

/** The disk refused: the answer says so, as SeaweedFS's store errors do. */
function failed<Response extends { error: string }>(callback: sendUnaryData<Response | { error: string }>) {
  return (error: unknown): void => callback(null, { error: reasonOf(error) });
}
