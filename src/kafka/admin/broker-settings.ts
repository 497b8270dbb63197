/**
 * The broker's settings as DescribeConfigs shows them: what stands in Kafka for what this gateway is configured with. All are
 * read-only; they come from the gateway's own configuration.
 */
import { brokerValue } from '../../topic-settings/holding';
import type { SettingType } from '../../topic-settings/setting';
import { TOPIC_SETTINGS } from '../../topic-settings/table';
import type { ListenerIdentity } from '../connection-session';
import type { Services } from '../services';
import { brokerTexts } from '../effective-topic-config';
import { CONFIG_SOURCE, CONFIG_TYPE, type ConfigSource, sourceOf } from './config-source';

export interface BrokerSetting {
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
  readonly configType: number;
  readonly documentation: string;
}

/** In the order of names. */
export function brokerSettings(services: Services): readonly BrokerSetting[] {
  return [...ownSettings(services), ...topicDefaults(services)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ownSettings(services: Services): BrokerSetting[] {
  const { cluster, settings, groups } = services;
  return [
    own('advertised.listeners', 'list', cluster.listeners.map(listenerText).join(','), 'Where clients connect to.'),
    own('auto.create.topics.enable', 'boolean', settings.autoCreateTopics, 'Whether asking for a topic may create it.'),
    own('broker.id', 'int', cluster.selfId, 'The id of this broker.'),
    own('default.replication.factor', 'int', 1, 'Replicas of a topic that is created without a number of them.'),
    own('fetch.max.bytes', 'int', settings.fetchBytesMax, 'The most that one fetch answer holds.'),
    own(
      'group.initial.rebalance.delay.ms',
      'int',
      groups.settings.initialRebalanceDelayMs,
      'How long an empty group waits for more members.',
    ),
    own(
      'group.max.session.timeout.ms',
      'int',
      groups.settings.sessionTimeoutMsMax,
      'Longest session a group member may ask for.',
    ),
    own('group.max.size', 'int', groups.settings.membersMax, 'Members that one group may have.'),
    own(
      'group.min.session.timeout.ms',
      'int',
      groups.settings.sessionTimeoutMsMin,
      'Shortest session a group member may ask for.',
    ),
    own('max.incremental.fetch.session.cache.slots', 'int', settings.fetchSessionsMax, 'Fetch sessions kept.'),
    own('node.id', 'int', cluster.selfId, 'The id of this node.'),
    own(
      'num.partitions',
      'int',
      settings.defaultPartitionCount,
      'Partitions of a topic that is created without a number of them.',
    ),
    own(
      'offset.metadata.max.bytes',
      'int',
      groups.settings.offsetMetadataBytesMax,
      'Longest note beside a committed offset.',
    ),
  ];
}

function listenerText({ name, advertisedHost, advertisedPort }: ListenerIdentity): string {
  const host = advertisedHost.includes(':') ? `[${advertisedHost}]` : advertisedHost;
  return `${name}://${host}:${advertisedPort}`;
}

function own(name: string, type: SettingType, value: string | number | boolean, documentation: string): BrokerSetting {
  return {
    name,
    value: String(value),
    source: CONFIG_SOURCE.staticBroker,
    configType: CONFIG_TYPE[type],
    documentation,
  };
}

/** The broker settings that topics fall back to. */
function topicDefaults(services: Services): BrokerSetting[] {
  const described: BrokerSetting[] = [];
  for (const setting of TOPIC_SETTINGS.values()) {
    const { name, serverName, documentation } = setting;
    const held = brokerValue(name, brokerTexts(services.settings));
    if (serverName === undefined || held === undefined) continue;
    const configType = CONFIG_TYPE[setting.type];
    described.push({ name: serverName, value: held.value, source: sourceOf(held), configType, documentation });
  }
  return described;
}
