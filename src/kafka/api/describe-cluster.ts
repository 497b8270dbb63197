/** DescribeCluster (KIP-700): one broker, this one. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeClusterBroker,
  createDescribeClusterResponse,
  describeClusterApi,
  readDescribeClusterRequest,
  writeDescribeClusterResponse,
} from '../../protocol/generated/describe-cluster';
import type { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/generated/describe-cluster';
import { codesOf } from '../admin/error-codes';
import { accessOf, OPERATIONS_NOT_ASKED } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import type { Services } from '../services';
import { defineApi, type RequestContext } from './define-api';

const ENDPOINT = { broker: 1, controller: 2 } as const;

export const describeCluster = defineApi<DescribeClusterRequest, DescribeClusterResponse>({
  facts: describeClusterApi,
  read: readDescribeClusterRequest,
  write: writeDescribeClusterResponse,
  handle: async (request, context, services) => {
    const { endpointType } = request;
    const { cluster } = services;
    if (endpointType !== ENDPOINT.broker) {
      return createDescribeClusterResponse({
        endpointType,
        errorCode:
          endpointType === ENDPOINT.controller
            ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
            : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: 'The request was sent to an endpoint of type BROKER.',
      });
    }
    return createDescribeClusterResponse({
      endpointType,
      clusterId: cluster.id,
      controllerId: cluster.controllerId,
      brokers: cluster
        .brokers(context.session.listener)
        .map(({ id, host, port }) => createDescribeClusterBroker({ brokerId: id, host, port })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? clusterOperations(context, services)
        : OPERATIONS_NOT_ASKED,
    });
  },
  failure: (request, errorCode) => createDescribeClusterResponse({ errorCode, endpointType: request.endpointType }),
  errors: (response) => codesOf([response]),
});

function clusterOperations(context: RequestContext, services: Services): number {
  const access = accessOf(context, services);
  return access.allows(AUTHORIZATION.describeCluster.operations) ? access.operations('CLUSTER') : 0;
}
