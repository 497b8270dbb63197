/** The settings of one resource, as DescribeConfigs answers them. */
import { ErrorCode } from '../../protocol/error-code';
import {
  createDescribeConfigsResourceResult,
  createDescribeConfigsSynonym,
} from '../../protocol/generated/describe-configs';
import type { DescribeConfigsResource, DescribeConfigsResourceResult } from '../../protocol/generated/describe-configs';
import type { CallContext } from '../../telemetry/trace/operation';
import type { LogLevel } from '../../telemetry/log/log';
import type { Services } from '../services';
import { brokerTexts } from '../effective-topic-config';
import { AdminError } from './admin-error';
import { brokerSettings } from './broker-settings';
import { checkBrokerName, existingTopic, RESOURCE, unexpectedType } from './config-resource';
import { describeTopicConfigs } from './describe-topic';

const LOGGER_SOURCE = 6;

export interface DescribeOptions {
  readonly includeSynonyms: boolean;
  readonly includeDocumentation: boolean;
}

/** Throws AdminError or EngineError. */
export async function describeResource(
  resource: DescribeConfigsResource,
  options: DescribeOptions,
  services: Services,
  context: CallContext,
): Promise<readonly DescribeConfigsResourceResult[]> {
  const { resourceName: name, configurationKeys: keys } = resource;
  switch (resource.resourceType) {
    case RESOURCE.topic: {
      const topic = await existingTopic(name, '', services, context);
      return describeTopicConfigs(topic.configs, brokerTexts(services.settings), keys).map((each) =>
        createDescribeConfigsResourceResult({
          name: each.name,
          value: each.value,
          configSource: each.source,
          configType: each.configType,
          synonyms: options.includeSynonyms
            ? each.synonyms.map((synonym) => createDescribeConfigsSynonym(synonym))
            : [],
          documentation: options.includeDocumentation ? each.documentation : null,
        }),
      );
    }
    case RESOURCE.broker:
      // The empty name asks for what was changed for all brokers at run time: nothing can be.
      return name === '' ? [] : describeBroker(name, keys, options, services);
    case RESOURCE.brokerLogger:
      checkBrokerName(name, services.cluster.selfId);
      return [rootLogger(services)].filter((each) => isWanted(each.name, keys));
    case RESOURCE.group:
      if (name === '') throw new AdminError(ErrorCode.INVALID_REQUEST, 'Group name must not be empty');
      return [];
    case RESOURCE.clientMetrics:
      if (name === '') {
        throw new AdminError(ErrorCode.INVALID_REQUEST, 'Client metrics subscription name must not be empty');
      }
      return [];
    default:
      throw unexpectedType(resource);
  }
}

function describeBroker(
  name: string,
  keys: readonly string[] | null,
  options: DescribeOptions,
  services: Services,
): readonly DescribeConfigsResourceResult[] {
  checkBrokerName(name, services.cluster.selfId);
  return brokerSettings(services)
    .filter((each) => isWanted(each.name, keys))
    .map((each) =>
      createDescribeConfigsResourceResult({
        name: each.name,
        value: each.value,
        readOnly: true,
        configSource: each.source,
        configType: each.configType,
        synonyms: options.includeSynonyms
          ? [createDescribeConfigsSynonym({ name: each.name, value: each.value, source: each.source })]
          : [],
        documentation: options.includeDocumentation ? each.documentation : null,
      }),
    );
}

function rootLogger(services: Services): DescribeConfigsResourceResult {
  const levels: readonly LogLevel[] = ['debug', 'info', 'warn'];
  const level = levels.find((each) => services.telemetry.log.enabled(each)) ?? 'error';
  return createDescribeConfigsResourceResult({
    name: 'root',
    value: level.toUpperCase(),
    readOnly: true,
    configSource: LOGGER_SOURCE,
    documentation: null,
  });
}

const isWanted = (name: string, keys: readonly string[] | null): boolean =>
  keys === null || keys.length === 0 || keys.includes(name);
