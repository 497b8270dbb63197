/** What the console shows from: parts of the gateway as they are, and facts that do not change while it runs. */
import type { VerdictHistory } from '../audit/verdict-history';
import type { Clock } from '../clock';
import type { Drills } from '../drills/drills';
import type { Engine } from '../engine/engine';
import type { GroupCoordinator } from '../kafka/groups/classic/group-coordinator';
import type { ClientView } from '../server/client-view';
import type { RefusedVersion } from '../server/refused-versions';
import type { RunningTelemetry } from '../telemetry/create-telemetry';

/** One setting as it holds; a secret is masked before it comes here. */
export interface ShownSetting {
  readonly key: string;
  readonly value: string;
  /** Where it was set, in words. */
  readonly from: string;
  readonly meaning: string;
}

export interface About {
  readonly version: string;
  /** Which engine and where, and where its data is, in words. */
  readonly engine: string;
  readonly data: string;
  readonly clusterId: string;
  /** What clients are told to connect to. */
  readonly bootstrap: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly startedMs: number;
}

export interface ConsoleSources {
  readonly clock: Clock;
  readonly telemetry: RunningTelemetry;
  readonly engine: Pick<Engine, 'ackMeaning' | 'problems' | 'topics' | 'topic' | 'partition' | 'proofs'>;
  readonly groups: Pick<GroupCoordinator, 'all' | 'group' | 'loaded' | 'offsets'>;
  /** Who is connected. */
  readonly clients: () => readonly ClientView[];
  /** What clients asked in versions that are not served, the newest first. */
  readonly refusedVersions: () => readonly RefusedVersion[];
  /** Records that were found wrong. */
  readonly verdicts: Pick<VerdictHistory, 'list' | 'hasForgotten'>;
  /** Undefined unless the gateway was started for drills. */
  readonly drills: Pick<Drills, 'shouted'> | undefined;
  readonly settings: readonly ShownSetting[];
  /** Where a trace is looked at, with {trace} for its id. */
  readonly traceUrl: string | undefined;
  /** Whether keys, values and header values may be shown. */
  readonly contents: boolean;
  readonly about: About;
}
