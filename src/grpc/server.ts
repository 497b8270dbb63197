/**
 * The gRPC server, set up for frames of a megabyte on a local socket. HTTP/2 begins with windows of 64 KiB, which would let a
 * publisher send 64 KiB and wait; grpc-js has a setting for its clients only, so the server's own HTTP/2 settings are reached for.
 */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Http2Server, ServerHttp2Session } from 'node:http2';

/** What one stream and one connection may have on its way to us. */
export const FLOW_CONTROL_WINDOW_BYTES = 16 * 1024 * 1024;

export function makeServer(): Server {
  const server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc-node.max_session_memory': Number.MAX_SAFE_INTEGER,
    'grpc.max_concurrent_streams': 0x7fff_ffff,
  });
  const internals: unknown = server;
  if (hasServerOptions(internals)) {
    internals.commonServerOptions.settings = {
      ...internals.commonServerOptions.settings,
      initialWindowSize: FLOW_CONTROL_WINDOW_BYTES,
    };
  }
  return server;
}

/** Listens; answers the port (of a unix socket: a number without meaning). */
export async function bind(server: Server, address: string): Promise<number> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  widenWindows(server);
  return port;
}

/** For connections that come from now on, wherever they come in. */
export function widenWindows(server: Server): void {
  const internals: unknown = server;
  if (hasHttp2Servers(internals)) {
    for (const http2 of internals.http2Servers.keys()) {
      http2.on('session', (session: ServerHttp2Session) => session.setLocalWindowSize(FLOW_CONTROL_WINDOW_BYTES));
    }
  }
}

function hasServerOptions(value: unknown): value is { commonServerOptions: { settings?: object } } {
  return typeof value === 'object' && value !== null && 'commonServerOptions' in value;
}

function hasHttp2Servers(value: unknown): value is { http2Servers: Map<Http2Server, unknown> } {
  return typeof value === 'object' && value !== null && 'http2Servers' in value && value.http2Servers instanceof Map;
}
