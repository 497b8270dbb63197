/** JoinGroup: the answer comes when the group's join barrier opens. KIP-345 (static members), KIP-394 (ids first), KIP-814 (skip). */
import { ErrorCode } from '../../protocol/error-code';
import {
  createJoinGroupResponse,
  joinGroupApi,
  readJoinGroupRequest,
  writeJoinGroupResponse,
} from '../../protocol/generated/join-group';
import type { JoinGroupRequest, JoinGroupResponse } from '../../protocol/generated/join-group';
import { codesOf } from '../admin/error-codes';
import type { JoinRequest } from '../groups/classic/join';
import type { RequestContext } from './define-api';
import { defineApi } from './define-api';

const NULL_PROTOCOL_FROM = 7;
const ID_FIRST_FROM = 4;
const SKIP_KNOWN_FROM = 9;
/** Longer client ids are cut: they become part of ids, which the leader is told of all members. */
const CLIENT_ID_CHARACTERS_MAX = 249;

export const joinGroup = defineApi<JoinGroupRequest, JoinGroupResponse>({
  facts: joinGroupApi,
  activity: 'coordinator',
  read: readJoinGroupRequest,
  write: writeJoinGroupResponse,
  handle: async (request, context, { groups }) => {
    const { error, leaderId, ...answer } = await groups.join(joinRequestOf(request, context), context);
    return createJoinGroupResponse({
      ...answer,
      errorCode: error,
      leader: leaderId,
      protocolName: answer.protocolName ?? noProtocol(context),
    });
  },
  failure: (request, errorCode, context) =>
    createJoinGroupResponse({ errorCode, memberId: request.memberId, protocolName: noProtocol(context) }),
  // Being sent back for one's id is the way in, not a failure.
  errors: (response) => codesOf(response.errorCode === ErrorCode.MEMBER_ID_REQUIRED ? [] : [response]),
});

const noProtocol = (context: RequestContext): string | null => (context.apiVersion < NULL_PROTOCOL_FROM ? '' : null);

function joinRequestOf(request: JoinGroupRequest, context: RequestContext): JoinRequest {
  return {
    groupId: request.groupId,
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: cut(context.clientId ?? ''),
    clientHost: context.session.clientAddress,
    sessionTimeoutMs: request.sessionTimeoutMs,
    // Version 0 has one timeout for both.
    rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    protocolType: request.protocolType,
    // Copied: the request's own bytes go back to be reused, these are kept as long as the member.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: new Uint8Array(metadata) })),
    memberIdRequired: context.apiVersion >= ID_FIRST_FROM,
    skipAssignmentKnown: context.apiVersion >= SKIP_KNOWN_FROM,
  };
}

/** Without half a surrogate pair at the end, which would come back as another character. */
const cut = (clientId: string): string => clientId.slice(0, CLIENT_ID_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/, '');
