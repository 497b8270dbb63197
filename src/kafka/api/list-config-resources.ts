/** ListConfigResources: what has settings (KIP-1142). Version 0 asks for client metrics subscriptions alone, of which there are none. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createConfigResource,
  createListConfigResourcesResponse,
  listConfigResourcesApi,
  readListConfigResourcesRequest,
  writeListConfigResourcesResponse,
} from '../../protocol/generated/list-config-resources';
import type {
  ConfigResource,
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../protocol/generated/list-config-resources';
import type { CallContext } from '../../telemetry/trace/operation';
import { RESOURCE } from '../admin/config-resource';
import { codesOf } from '../admin/error-codes';
import { errorCodeOf } from '../error-mapping';
import type { Services } from '../services';
import { defineApi } from './define-api';

const ALL_TYPES: readonly number[] = [
  RESOURCE.topic,
  RESOURCE.broker,
  RESOURCE.brokerLogger,
  RESOURCE.clientMetrics,
  RESOURCE.group,
];
/** From this version on the types are named. */
const TYPES_FROM = 1;

export const listConfigResources = defineApi<ListConfigResourcesRequest, ListConfigResourcesResponse>({
  facts: listConfigResourcesApi,
  read: readListConfigResourcesRequest,
  write: writeListConfigResourcesResponse,
  handle: async (request, context, services) => {
    if (context.apiVersion < TYPES_FROM) return createListConfigResourcesResponse();
    const types = new Set(request.resourceTypes.length === 0 ? ALL_TYPES : request.resourceTypes);
    if ([...types].some((type) => !ALL_TYPES.includes(type))) {
      return createListConfigResourcesResponse({ errorCode: ErrorCode.UNSUPPORTED_VERSION });
    }
    try {
      return createListConfigResourcesResponse({ configResources: await resourcesOf(types, services, context) });
    } catch (error) {
      return createListConfigResourcesResponse({ errorCode: errorCodeOf(error, 'admin') });
    }
  },
  failure: (_, errorCode) => createListConfigResourcesResponse({ errorCode }),
  errors: (response) => codesOf([response]),
});

async function resourcesOf(
  types: ReadonlySet<number>,
  services: Services,
  context: CallContext,
): Promise<readonly ConfigResource[]> {
  const broker = String(services.cluster.selfId);
  const resources = [RESOURCE.brokerLogger, RESOURCE.broker]
    .filter((type) => types.has(type))
    .map((resourceType) => createConfigResource({ resourceType, resourceName: broker }));
  if (!types.has(RESOURCE.topic)) return resources;
  const topics = await services.engine.topics(context);
  return [
    ...resources,
    ...topics.map(({ name }) => createConfigResource({ resourceType: RESOURCE.topic, resourceName: name })),
  ];
}
