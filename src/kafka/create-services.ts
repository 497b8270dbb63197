/** Puts together what handlers work with. */
import { type AuditTrail, silentAuditTrail } from '../audit-trail/audit-trail';
import type { Clock } from '../clock';
import type { Engine } from '../engine/engine';
import { type Random, systemRandom } from '../random';
import type { Telemetry } from '../telemetry/telemetry';
import { ReadHistory } from '../audit/read-history';
import { ValueFaults } from '../audit/value-faults';
import { ValueLedger } from '../audit/value-ledger';
import { VerdictHistory } from '../audit/verdict-history';
import { WriteHistory } from '../audit/write-history';
import type { RecordSpan, RecordWriter } from '../telemetry/incidents/record-writers';
import type { TraceLinks } from '../telemetry/trace/trace-links';
import { tellWithoutEffect } from './admin/tell-without-effect';
import { ClientTelemetry, type ClientTelemetrySettings } from './client-telemetry/client-telemetry';
import type { Cluster } from './cluster/cluster';
import { FetchSessions } from './fetch/fetch-sessions';
import { ResponseBudget } from './fetch/response-budget';
import { ToldRefusals } from './fetch/told-refusals';
import { ValueWatch } from './fetch/value-watch';
import type { GroupCoordinator } from './groups/classic/group-coordinator';
import { UncommittedReads } from './groups/uncommitted-reads';
import { EngineWithOffsetsTopic } from './offsets-topic/offsets-topic';
import { ActiveProducers } from './produce/active-producers';
import { FilerProducerIds } from './producer-ids';
import { ClientQuotas, DEFAULT_QUOTA_SETTINGS, type QuotaSettings } from './quotas/client-quotas';
import { QuotaStore } from './quotas/quota-store';
import { Throttling } from './quotas/throttling';
import type { KafkaSettings } from './kafka-settings';
import { tellDenials } from './audited/tell-denials';
import type { Authorizer, AuthorizerSettings } from './security/authorizer';
import { createAuthorizer } from './security/create-authorizer';
import type { StoredState } from './state/stored-state';
import type { Services } from './services';
import { createUsers, type OpenUsers } from './users/create-users';

export interface ServicesOptions {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** The system's unless given. */
  readonly random?: Random;
  readonly cluster: Cluster;
  readonly settings: KafkaSettings;
  readonly groups: GroupCoordinator;
  /** What all gateways share; its kinds are named here, and whoever made it starts it afterwards. Absent in tests that share nothing. */
  readonly state?: StoredState;
  /** Whether requests are checked against ACLs, which needs `state`; absent: everybody may do everything. */
  readonly authorizer?: AuthorizerSettings;
  /** Who may sign in; nobody where absent. */
  readonly users?: OpenUsers;
  /** Told of the groups' commits; where it is not given, nobody is. */
  readonly uncommittedReads?: UncommittedReads;
  /** What clients are asked to tell of themselves; nothing where absent. */
  readonly clientTelemetry?: ClientTelemetrySettings;
  /** Where it is not given, nobody is told. */
  readonly auditTrail?: AuditTrail;
  /** Kafka's defaults where absent. */
  readonly quotas?: QuotaSettings;
}

export function createServices(options: ServicesOptions): Services {
  const { telemetry, settings, groups, cluster } = options;
  const { offsetsLog } = groups;
  const engine =
    offsetsLog === undefined ? options.engine : new EngineWithOffsetsTopic(options.engine, offsetsLog, cluster.id);
  tellWithoutEffect(undefined, settings.topicDefaults.keys(), { engine, telemetry });
  const { instruments, incidents } = telemetry;
  const { clock, auditTrail = silentAuditTrail } = options;
  const authorizer = authorizerOf(options);
  if (authorizer !== undefined) tellDenials(authorizer.denials, auditTrail);
  const verdicts = new VerdictHistory();
  const faults = new ValueFaults({
    instruments,
    incidents,
    history: verdicts,
    writers: telemetry.recordWriters,
    clock,
  });
  const valueWatch = new ValueWatch(new ValueLedger({ instruments, incidents, clock }), faults, settings);
  const writeHistory = new WriteHistory();
  telemetry.recordWriters.remembers((records) => writerOf(records, writeHistory, valueWatch.traces));
  const responseBudget = new ResponseBudget(settings.responseBytesBudget);
  const quotas = new ClientQuotas(options.quotas ?? DEFAULT_QUOTA_SETTINGS, { clock, log: telemetry.log });
  instruments.observe('seaglass_response_bytes_held', () => [[{}, responseBudget.held]]);
  return {
    engine,
    telemetry,
    clock,
    random: options.random ?? systemRandom,
    cluster,
    authorizer,
    settings,
    groups,
    uncommittedReads:
      options.uncommittedReads ??
      new UncommittedReads({ clock, incidents: telemetry.incidents, afterMs: groups.settings.stuckAfterMs }),
    quotas,
    quotaStore: new QuotaStore(options.state, quotas),
    throttling: new Throttling(telemetry, clock),
    fetchSessions: new FetchSessions(settings.fetchSessionsMax, options.random),
    toldRefusals: new ToldRefusals(options.clock),
    responseBudget,
    producerIds: new FilerProducerIds(engine.filer, telemetry.operations),
    activeProducers: new ActiveProducers(clock),
    clientTelemetry: new ClientTelemetry(options.clientTelemetry ?? { intervalMs: 0, metrics: [] }, {
      clock,
      instruments,
    }),
    valueWatch,
    readHistory: new ReadHistory(),
    writeHistory,
    verdicts,
    auditTrail,
    users: options.users ?? createUsers({ clock, log: telemetry.log }),
  };
}

/** Of the first records that are remembered; the trace is one that is there to look at. */
function writerOf(
  { topic, partition, firstOffset, lastOffset }: RecordSpan,
  history: WriteHistory,
  traces: TraceLinks,
): RecordWriter | undefined {
  const [row] = history.of(topic, partition, firstOffset);
  const [link] = traces.linksFor({ topic, partition, baseOffset: firstOffset, lastOffset });
  if (row === undefined && link === undefined) return undefined;
  return { clientId: row?.client ?? '', traceId: link?.traceId ?? '' };
}

function authorizerOf({ state, authorizer, telemetry, clock }: ServicesOptions): Authorizer | undefined {
  if (state === undefined || authorizer === undefined) return undefined;
  return createAuthorizer(authorizer, { state, telemetry, clock });
}
