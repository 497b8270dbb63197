/** The subset of filer_pb.SeaweedFiler that the gateway calls, with SeaweedFS's answers. */
import { reasonOf } from '../node-error';
import { status } from '@grpc/grpc-js';
import type { handleServerStreamingCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type {
  CreateEntryRequest,
  CreateEntryResponse,
  DeleteEntryRequest,
  DeleteEntryResponse,
  ListEntriesRequest,
  ListEntriesResponse,
  LookupDirectoryEntryRequest,
  LookupDirectoryEntryResponse,
  SeaweedFilerServer,
} from '../../rpc/filer';
import type { FilerStore } from '../filer-store';

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
      else void store.put(directory, entry, oExcl).then((error) => callback(null, { error }), failed(callback));
    },
    deleteEntry: (
      call: ServerUnaryCall<DeleteEntryRequest, DeleteEntryResponse>,
      callback: sendUnaryData<DeleteEntryResponse>,
    ) => {
      const { directory, name, isRecursive } = call.request;
      void store.remove(directory, name, isRecursive).then((error) => callback(null, { error }), failed(callback));
    },
    listEntries,
  };

  function listEntries(call: Parameters<handleServerStreamingCall<ListEntriesRequest, ListEntriesResponse>>[0]): void {
    const { directory, prefix, startFromFileName, inclusiveStartFrom, limit } = call.request;
    const query = { directory, prefix, startFrom: startFromFileName, inclusive: inclusiveStartFrom, limit };
    const entries = store.list(query);
    let next = 0;
    const send = (): void => {
      while (next < entries.length && !call.cancelled) {
        const entry = entries[next];
        next += 1;
        if (!call.write({ entry })) {
          call.once('drain', send);
          return;
        }
      }
      call.end();
    };
    send();
  }
}

/** The disk refused: the answer says so, as SeaweedFS's store errors do. */
function failed<Response extends { error: string }>(callback: sendUnaryData<Response | { error: string }>) {
  return (error: unknown): void => callback(null, { error: reasonOf(error) });
}
