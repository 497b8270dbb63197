/**
 * What a request's own fields tell its span: the group, the member and the generation that it speaks for. Whatever waits below it shows
 * them too, in stalls and in /debug/inflight. Names are the client's: escaped and cut.
 */
import { clientName } from '../telemetry/trace/client-name';
import type { RequestRun } from './request-run';

/** The fields of JoinGroup, SyncGroup, Heartbeat, LeaveGroup, OffsetCommit, OffsetFetch and their like; other requests have none of them. */
interface GroupFields {
  readonly groupId?: unknown;
  readonly memberId?: unknown;
  readonly groupInstanceId?: unknown;
  readonly generationId?: unknown;
  readonly generationIdOrMemberEpoch?: unknown;
  /** OffsetFetch asks for several (KIP-709). */
  readonly groups?: unknown;
}

/** Those that only a member sends, or who reads for the group without being one: OffsetCommit, OffsetFetch, JoinGroup, Heartbeat, SyncGroup. */
const READER_APIS: ReadonlySet<number> = new Set([8, 9, 11, 12, 14]);

export function describeRequest({ operation, header, session }: RequestRun, request: unknown): void {
  if (typeof request !== 'object' || request === null) return;
  const fields: GroupFields = request;
  const groupId = fields.groupId === '' ? onlyGroup(fields.groups) : fields.groupId;
  if (typeof groupId !== 'string') return;
  const group = clientName(groupId);
  operation.set('messaging.consumer.group.name', group);
  if (group !== '' && READER_APIS.has(header.apiKey)) session.client.speaksFor(group);
  const { memberId, groupInstanceId, generationId = fields.generationIdOrMemberEpoch } = fields;
  if (typeof memberId === 'string' && memberId !== '') operation.set('seaglass.group.member', clientName(memberId));
  if (typeof groupInstanceId === 'string') operation.set('seaglass.group.instance', clientName(groupInstanceId));
  if (typeof generationId === 'number' && generationId >= 0) operation.set('seaglass.group.generation', generationId);
}

/** The one of a list; several have no name in common. */
function onlyGroup(groups: unknown): unknown {
  if (!Array.isArray(groups) || groups.length !== 1) return undefined;
  const [only] = groups as readonly GroupFields[];
  return only?.groupId;
}
