/** What the console is put together from. */
import type { Clock } from '../clock';
import type { Config } from '../config';
import type { Drills } from '../drills/drills';
import type { Services } from '../kafka/services';
import type { FlightRecorder } from '../server/flight-recorder/flight-recorder';
import type { Listeners } from '../server/listeners';
import type { StartedTelemetry } from '../telemetry/start-telemetry';
import type { OpenEngine } from './open-engine';

export interface ConsoleParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly telemetry: StartedTelemetry;
  readonly open: OpenEngine;
  readonly services: Services;
  readonly listeners: Listeners;
  readonly recorder: FlightRecorder;
  readonly drills: Drills | undefined;
  readonly version: string;
}
