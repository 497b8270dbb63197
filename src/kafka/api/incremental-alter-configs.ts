/** IncrementalAlterConfigs (KIP-339): single settings are set, deleted, or changed as lists; the others stay. */
import {
  createAlterConfigsResourceResponse,
  createIncrementalAlterConfigsResponse,
  incrementalAlterConfigsApi,
  readIncrementalAlterConfigsRequest,
  writeIncrementalAlterConfigsResponse,
} from '../../protocol/generated/incremental-alter-configs';
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/generated/incremental-alter-configs';
import { alterResources } from '../admin/alter-resource';
import { applyChanges, checkChanges, isKnownOperation } from '../admin/config-changes';
import { codesOf } from '../admin/error-codes';
import { RESOURCE } from '../admin/config-resource';
import { configAccess } from '../admin/config-access';
import { accessOf } from '../security/access';
import { AUTHORIZATION } from '../security/authorization-table';
import { defineApi } from './define-api';

export const incrementalAlterConfigs = defineApi<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>({
  facts: incrementalAlterConfigsApi,
  read: readIncrementalAlterConfigsRequest,
  write: writeIncrementalAlterConfigsResponse,
  handle: async (request, context, services) => {
    const answers = await alterResources(
      {
        ...request,
        refusalTo: refusalTo(configAccess(AUTHORIZATION.incrementalAlterConfigs, accessOf(context, services))),
        namesOf: (resource) => resource.configs.map((each) => each.name),
        check: ({ resourceType, configs }) => checkChanges(resourceType, configs),
        change: (resource, before) => applyChanges(before, resource.configs),
      },
      services,
      context,
    );
    const responses = answers.map((each) => createAlterConfigsResourceResponse(each));
    return createIncrementalAlterConfigsResponse({ responses });
  },
  failure: (request, errorCode) =>
    createIncrementalAlterConfigsResponse({
      responses: request.resources.map(({ resourceType, resourceName }) =>
        createAlterConfigsResourceResponse({ resourceType, resourceName, errorCode, errorMessage: null }),
      ),
    }),
  errors: (response) => codesOf(response.responses),
  isWrong: ({ resources }) => resources.some(({ configs }) => !configs.every(isKnownOperation)),
});

/** Of loggers Kafka's broker answers itself, and without words. */
function refusalTo(byKind: ReturnType<typeof configAccess>): ReturnType<typeof configAccess> {
  return (resource) => {
    const refusal = byKind(resource);
    return refusal === undefined || resource.resourceType !== RESOURCE.brokerLogger
      ? refusal
      : { ...refusal, errorMessage: null };
  };
}
