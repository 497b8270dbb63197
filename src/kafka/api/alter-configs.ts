/** AlterConfigs, the older way: what is given replaces all settings of a topic. */
import {
  alterConfigsApi,
  createAlterConfigsResourceResponse,
  createAlterConfigsResponse,
  readAlterConfigsRequest,
  writeAlterConfigsResponse,
} from '../../protocol/generated/alter-configs';
import type { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/generated/alter-configs';
import { alterResources } from '../admin/alter-resource';
import { checkNoDuplicates, checkValues } from '../admin/config-changes';
import { codesOf } from '../admin/error-codes';
import { configAccess } from '../admin/config-access';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const alterConfigs = defineApi<AlterConfigsRequest, AlterConfigsResponse>({
  facts: alterConfigsApi,
  read: readAlterConfigsRequest,
  write: writeAlterConfigsResponse,
  handle: async (request, context, services) => {
    const answers = await alterResources(
      {
        ...request,
        refusalTo: configAccess(AUTHORIZATION.alterConfigs, accessOf(context, services)),
        namesOf: (resource) => resource.configs.map((each) => each.name),
        check: ({ configs }) => {
          checkNoDuplicates(configs);
          checkValues(configs);
        },
        change: ({ configs }) => configs.map((each) => [each.name, each.value] as const),
      },
      services,
      context,
    );
    return createAlterConfigsResponse({ responses: answers.map((each) => createAlterConfigsResourceResponse(each)) });
  },
  failure: (request, errorCode) =>
    createAlterConfigsResponse({
      responses: request.resources.map(({ resourceType, resourceName }) =>
        createAlterConfigsResourceResponse({ resourceType, resourceName, errorCode, errorMessage: null }),
      ),
    }),
  errors: (response) => codesOf(response.responses),
});
