/** Addresses as SeaweedFS writes them: `host:port`, its gRPC port 10,000 further, or `host:port.grpcport`. */
import { EngineError } from '../../engine-error';

export interface ServerAddress {
  /** host:port of its HTTP side. */
  readonly http: string;
  /** host:port of its gRPC side. */
  readonly grpc: string;
}

const FORM = /^(.+):(\d{1,5})(?:\.(\d{1,5}))?$/;
const GRPC_PORT_DISTANCE = 10_000;

/** Throws EngineError('invalid_config') where the text is not such an address. */
export function parseServerAddress(text: string): ServerAddress {
  const match = FORM.exec(text);
  const host = match?.[1];
  const port = Number(match?.[2]);
  const grpcPort = match?.[3] === undefined ? port + GRPC_PORT_DISTANCE : Number(match[3]);
  if (host === undefined || port > 65_535 || grpcPort > 65_535) {
    throw new EngineError('invalid_config', `expected host:port or host:port.grpcport, got ${text}`);
  }
  return { http: `${host}:${port}`, grpc: `${host}:${grpcPort}` };
}
