/** /api/health: what the process, its disk and its receiver of traces are like, for `seaglass doctor`. It changes nothing. */
import type { Capabilities, Clocked, Health, Partitions } from '../../engine/engine';
import { EngineError } from '../../engine-error';
import type { StartedTelemetry } from '../../telemetry/start-telemetry';
import type { Clock } from '../../clock';
import { endFailed } from '../../waiting/phase';
import { processLimits } from '../process-limits';
import type { Route } from './route';

export interface HealthSources {
  readonly clock: Clock;
  readonly telemetry: Pick<StartedTelemetry, 'operations' | 'reachTraces' | 'ownCertificates'>;
  readonly engine: Capabilities & Pick<Partitions, 'logDirs'> & Health & Clocked;
  /** What clients are told to connect to. */
  readonly advertised: readonly AdvertisedAddress[];
  readonly security: () => SecurityFacts;
  readonly connections: () => number;
  readonly connectionsMax: number;
}

/** Where the clients of a listener are sent, and what it asks of them. */
export interface AdvertisedAddress {
  readonly listener: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  /** Whether it asks for certificates. */
  readonly clientAuth: 'none' | 'requested' | 'required';
  /** By which clients sign in; none where it does not ask for SASL. */
  readonly mechanisms: readonly string[];
}

/** Who may come in, and who may do everything. */
export interface SecurityFacts {
  /** Those with a password. */
  readonly users: number;
  /** False: stored users were not read yet. */
  readonly usersLoaded: boolean;
  readonly authorizer: string;
  /** `exists`: there is a user of this name. */
  readonly superUsers: readonly { readonly principal: string; readonly exists: boolean }[];
}

const CALL_MS_MAX = 5_000;

export const healthRoute = (sources: HealthSources): Route => ({
  method: 'GET',
  path: '/api/health',
  summary: 'open files, memory, disk, the receiver of traces, listeners and users, for seaglass doctor',
  async answer() {
    const { clock, telemetry, engine, advertised, security, connections, connectionsMax } = sources;
    const [disk, traces, engineClock] = await Promise.all([
      diskOf(sources),
      telemetry.reachTraces(),
      engineClockOf(sources),
    ]);
    return {
      status: 200,
      body: {
        ...{ nowMs: clock.nowMs(), engine: engine.kind, advertised, disk, traces, engineClock, connectionsMax },
        security: security(),
        certificates: telemetry.ownCertificates.list(),
        connections: connections(),
        process: processLimits(),
      },
    };
  },
});

/** Undefined where the engine does not tell, or does not answer: then `disk` says why. */
async function engineClockOf({ engine, telemetry }: HealthSources): Promise<object | undefined> {
  const operation = telemetry.operations.root('catalog.call', { spanName: 'clock', budgetMs: CALL_MS_MAX });
  try {
    const found = await engine.clock({ operation, signal: AbortSignal.timeout(CALL_MS_MAX) });
    operation.end();
    return found;
  } catch (error) {
    endFailed(operation, error);
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** Bytes are -1 where the engine does not say. */
async function diskOf({ engine, telemetry }: HealthSources): Promise<object> {
  const operation = telemetry.operations.root('catalog.call', { spanName: 'disk', budgetMs: CALL_MS_MAX });
  try {
    const context = { operation, signal: AbortSignal.timeout(CALL_MS_MAX) };
    const problems = await engine.problems(context);
    const { path, totalBytes, usableBytes } = await engine.logDirs(new Map(), context);
    operation.end();
    return { path, totalBytes, usableBytes, problems };
  } catch (error) {
    endFailed(operation, error);
    if (error instanceof EngineError) return { problems: [error.message] };
    throw error;
  }
}
