/** DescribeConfigs: settings with their sources, synonyms (KIP-226) and documentation (KIP-569). */
import {
  createDescribeConfigsResponse,
  createDescribeConfigsResult,
  describeConfigsApi,
  readDescribeConfigsRequest,
  writeDescribeConfigsResponse,
} from '../../protocol/generated/describe-configs';
import type { DescribeConfigsRequest, DescribeConfigsResponse } from '../../protocol/generated/describe-configs';
import { refusalOf } from '../admin/admin-error';
import { describeResource } from '../admin/describe-resource';
import { codesOf } from '../admin/error-codes';
import { configAccess } from '../admin/config-access';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const describeConfigs = defineApi<DescribeConfigsRequest, DescribeConfigsResponse>({
  facts: describeConfigsApi,
  read: readDescribeConfigsRequest,
  write: writeDescribeConfigsResponse,
  handle: async (request, context, services) => {
    const refusalTo = configAccess(AUTHORIZATION.describeConfigs, accessOf(context, services));
    const results = [];
    for (const resource of request.resources) {
      const { resourceType, resourceName } = resource;
      const refusal = refusalTo(resource);
      if (refusal !== undefined) {
        results.push(createDescribeConfigsResult({ resourceType, resourceName, ...refusal }));
        continue;
      }
      const answer = await describeResource(resource, request, services, context).then(
        (configs) => ({ configs }),
        (error: unknown) => refusalOf(error),
      );
      results.push(createDescribeConfigsResult({ resourceType, resourceName, ...answer }));
    }
    return createDescribeConfigsResponse({ results });
  },
  failure: (request, errorCode) =>
    createDescribeConfigsResponse({
      results: request.resources.map(({ resourceType, resourceName }) =>
        createDescribeConfigsResult({ resourceType, resourceName, errorCode, errorMessage: null }),
      ),
    }),
  errors: (response) => codesOf(response.results),
});
