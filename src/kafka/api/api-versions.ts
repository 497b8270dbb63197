/**
 * ApiVersions: what the gateway serves, derived from the list of APIs. A version above ours is answered by dispatch, in v0, with
 * `failure` (KIP-511). No features are announced (KIP-584): clients then speak the classic group protocol and no transactions.
 */
import { ErrorCode } from '../../protocol/error-code';
import {
  apiVersionsApi,
  createApiVersion,
  createApiVersionsResponse,
  readApiVersionsRequest,
  writeApiVersionsResponse,
  type ApiVersion,
  type ApiVersionsRequest,
} from '../../protocol/generated/api-versions';
import type { Cluster } from '../cluster/cluster';
import { defineApi, type AnyApi, type ApiFacts } from './define-api';

/** As Kafka checks a client's name and version from v3 on (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
/** Clients number the connections to their coordinators down from 2^31 - 1; those are no node's. */
const NODE_ID_MAX = 1_000_000_000;

/** The definition that lists the others and itself. */
export function apiVersionsOf(others: readonly AnyApi[]): AnyApi {
  const own = versionsOf(apiVersionsApi);
  const apiKeys = [...others.map((api) => versionsOf(api.facts)), own].sort((a, b) => a.apiKey - b.apiKey);
  return defineApi({
    facts: apiVersionsApi,
    read: readApiVersionsRequest,
    write: writeApiVersionsResponse,
    handle: async (request, context, services) => {
      const errorCode = refusal(request, context.apiVersion, services.cluster);
      if (errorCode !== ErrorCode.NONE) return createApiVersionsResponse({ errorCode });
      const { clientSoftwareName, clientSoftwareVersion } = request;
      if (clientSoftwareName !== '') context.session.client.isSoftware(clientSoftwareName, clientSoftwareVersion);
      return createApiVersionsResponse({ apiKeys, finalizedFeaturesEpoch: 0 });
    },
    failure: (_request, error) =>
      createApiVersionsResponse({ errorCode: error, apiKeys: error === ErrorCode.UNSUPPORTED_VERSION ? [own] : [] }),
    errors: (response) => [response.errorCode],
  });
}

function versionsOf({ key, advertisedMin, requestVersions }: ApiFacts): ApiVersion {
  return createApiVersion({ apiKey: key, minVersion: advertisedMin, maxVersion: requestVersions.max });
}

function refusal(request: ApiVersionsRequest, version: number, cluster: Cluster): ErrorCode {
  const { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId } = request;
  if (version >= 3 && !(SOFTWARE.test(clientSoftwareName) && SOFTWARE.test(clientSoftwareVersion))) {
    return ErrorCode.INVALID_REQUEST;
  }
  // KIP-1242: a client that believes to talk to another cluster or node starts over from its bootstrap servers.
  const otherCluster = clusterId !== null && clusterId !== cluster.id;
  const otherNode = nodeId >= 0 && nodeId <= NODE_ID_MAX && nodeId !== cluster.selfId;
  return version >= 5 && (otherCluster || otherNode) ? ErrorCode.REBOOTSTRAP_REQUIRED : ErrorCode.NONE;
}
