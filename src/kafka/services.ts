/** What handlers work with: built once by `createServices`, passed to every handler. */
import type { AuditTrail } from '../audit-trail/audit-trail';
import type { ReadHistory } from '../audit/read-history';
import type { VerdictHistory } from '../audit/verdict-history';
import type { WriteHistory } from '../audit/write-history';
import type { Clock } from '../clock';
import type { Engine } from '../engine/engine';
import type { Random } from '../random';
import type { Telemetry } from '../telemetry/telemetry';
import type { ClientTelemetry } from './client-telemetry/client-telemetry';
import type { Cluster } from './cluster/cluster';
import type { FetchSessions } from './fetch/fetch-sessions';
import type { ResponseBudget } from './fetch/response-budget';
import type { ProducerIds } from './producer-ids';
import type { ActiveProducers } from './produce/active-producers';
import type { KafkaSettings } from './kafka-settings';
import type { GroupCoordinator } from './groups/classic/group-coordinator';
import type { ClientQuotas } from './quotas/client-quotas';
import type { QuotaStore } from './quotas/quota-store';
import type { Throttling } from './quotas/throttling';
import type { UncommittedReads } from './groups/uncommitted-reads';
import type { OpenUsers } from './users/create-users';
import type { ToldRefusals } from './fetch/told-refusals';
import type { ValueWatch } from './fetch/value-watch';
import type { Authorizer } from './security/authorizer';

export interface Services {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: Random;
  readonly cluster: Cluster;
  /** Undefined where everybody may do everything. */
  readonly authorizer: Authorizer | undefined;
  readonly settings: KafkaSettings;
  readonly fetchSessions: FetchSessions;
  readonly toldRefusals: ToldRefusals;
  readonly responseBudget: ResponseBudget;
  readonly producerIds: ProducerIds;
  readonly activeProducers: ActiveProducers;
  readonly groups: GroupCoordinator;
  readonly uncommittedReads: UncommittedReads;
  /** In force. */
  readonly quotas: ClientQuotas;
  /** As they are stored. */
  readonly quotaStore: QuotaStore;
  readonly throttling: Throttling;
  readonly valueWatch: ValueWatch;
  readonly clientTelemetry: ClientTelemetry;
  readonly readHistory: ReadHistory;
  readonly writeHistory: WriteHistory;
  /** Records that were found wrong. */
  readonly verdicts: VerdictHistory;
  /** Told who did what. */
  readonly auditTrail: AuditTrail;
  /** Who may sign in by a password, and where they are stored. */
  readonly users: OpenUsers;
}
