/**
 * OpenTelemetry's standard variables, as far as they decide what is exported and where to. Read from what the configuration
 * passes on, so that tests and embedders need no environment of their own.
 */
import { type OtlpTlsFiles, otlpTlsFiles, readOtlpTls } from './otlp-tls';

export type OtelVariables = Readonly<Record<string, string | undefined>>;

export type Signal = 'traces' | 'metrics' | 'logs';
export type OtlpProtocol = 'grpc' | 'http/protobuf';

/** Where one signal goes. */
export type ExportTarget =
  | { readonly kind: 'none'; readonly why?: string }
  | { readonly kind: 'console' }
  | {
      readonly kind: 'otlp';
      readonly protocol: OtlpProtocol;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
      readonly gzip: boolean;
      /** Empty where no file is named. */
      readonly tls: OtlpTlsFiles;
    };

const HTTP = 'http/protobuf';
const NONE: ExportTarget = { kind: 'none' };
const EXPORTERS: Readonly<Record<Signal, readonly string[]>> = {
  traces: ['otlp', 'console', 'none'],
  metrics: ['otlp', 'none'],
  logs: ['otlp', 'console', 'none'],
};

/** Told of a variable whose value is not served, and of what holds instead. */
export type Warn = (message: string) => void;
const unheard: Warn = () => undefined;

/**
 * Traces go to OTLP as soon as an endpoint is named; metrics and logs only where `OTEL_METRICS_EXPORTER` or `OTEL_LOGS_EXPORTER`
 * asks for it, since /metrics and the log itself already show them. Without an endpoint nothing is exported.
 * Throws RangeError where an endpoint is no URL or a file of TLS cannot be used.
 */
export function exportTarget(signal: Signal, env: OtelVariables, warn: Warn = unheard): ExportTarget {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return NONE;
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const asked = given(env, variable);
  if (asked === undefined) return signal === 'traces' ? otlpTarget(signal, env, { asked: false, warn }) : NONE;
  const exporter = chosen(signal, variable, { asked, warn });
  if (exporter === undefined) return { kind: 'none', why: `${variable} names no exporter that is served` };
  if (exporter === 'none') return { kind: 'none', why: `${variable} is none` };
  return exporter === 'console' ? { kind: 'console' } : otlpTarget(signal, env, { asked: true, warn });
}

/** The first of the listed exporters that is served; the others are named in one warning. */
function chosen(
  signal: Signal,
  variable: string,
  { asked, warn }: { readonly asked: string; readonly warn: Warn },
): string | undefined {
  const listed = asked
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const exporter = listed.find((name) => EXPORTERS[signal].includes(name));
  const left = listed.filter((name) => name !== exporter);
  if (left.length > 0) {
    const served = `one of ${EXPORTERS[signal].join(', ')}`;
    warn(`${variable}: "${left.join(', ')}" is left out (served: ${served}); ${exporter ?? 'nothing'} is used`);
  }
  return exporter;
}

function otlpTarget(
  signal: Signal,
  env: OtelVariables,
  { asked, warn }: { readonly asked: boolean; readonly warn: Warn },
): ExportTarget {
  const prefix = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
  const of = (name: string): string | undefined =>
    given(env, `${prefix}_${name}`) ?? given(env, `OTEL_EXPORTER_OTLP_${name}`);
  const variable =
    given(env, `${prefix}_PROTOCOL`) === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : `${prefix}_PROTOCOL`;
  const named = of('PROTOCOL')?.toLowerCase() ?? HTTP;
  const protocol = named === 'grpc' ? 'grpc' : HTTP;
  const own = given(env, `${prefix}_ENDPOINT`);
  // Who asks for OTLP and names no endpoint gets the one the specification names.
  const shared =
    given(env, 'OTEL_EXPORTER_OTLP_ENDPOINT') ??
    (asked ? `http://localhost:${protocol === 'grpc' ? '4317' : '4318'}` : undefined);
  if (own === undefined && shared === undefined) return NONE;
  const tls = otlpTlsFiles(of);
  // At the start a file that cannot be used is refused.
  readOtlpTls(tls);
  if (named !== protocol) warn(`${variable}: "${named}" is not served (served: grpc, ${HTTP}); ${HTTP} is used`);
  return {
    kind: 'otlp',
    protocol,
    url: checkedUrl(own ?? (protocol === 'grpc' ? (shared ?? '') : signalUrl(shared ?? '', signal))),
    headers: { ...keyPairs(given(env, 'OTEL_EXPORTER_OTLP_HEADERS')), ...keyPairs(given(env, `${prefix}_HEADERS`)) },
    timeoutMs: positive(of('TIMEOUT')) ?? 10_000,
    gzip: of('COMPRESSION') === 'gzip',
    tls,
  };
}

/** The endpoint for all signals is a base: each has its path beneath it. */
function signalUrl(base: string, signal: Signal): string {
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function checkedUrl(url: string): string {
  // gRPC endpoints may come without a scheme.
  const withScheme = url.includes('://') ? url : `http://${url}`;
  if (!URL.canParse(withScheme)) throw new RangeError(`OTEL_EXPORTER_OTLP_ENDPOINT: "${url}" is not a URL`);
  return withScheme;
}

/** `k1=v1,k2=v2`, percent-encoded, as headers and resource attributes are given. */
export function keyPairs(text: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0) pairs[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  return pairs;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    // A lone percent sign stands for itself.
    if (error instanceof URIError) return value;
    throw error;
  }
}

/** A variable that is set and not empty. */
export function given(env: OtelVariables, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

export function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined;
}
