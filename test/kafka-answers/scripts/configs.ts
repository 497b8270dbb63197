/** DescribeConfigs, IncrementalAlterConfigs and AlterConfigs of topics and brokers. */
import {
  createDescribeConfigsRequest,
  createDescribeConfigsResource,
  type DescribeConfigsRequest,
} from '../../../src/protocol/generated/describe-configs';
import * as alter from '../../../src/protocol/generated/alter-configs';
import * as incremental from '../../../src/protocol/generated/incremental-alter-configs';
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS } from '../codecs';
import type { Script } from '../script';

const ResourceType = { unknown: 0, topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;
const Operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export async function configsScript(script: Script): Promise<void> {
  await script.topic('described', 1, { 'cleanup.policy': 'compact,delete', 'segment.ms': '60000' });
  await described(script);
  await changed(script);
  await replaced(script);
}

function describe(
  resourceType: number,
  resourceName: string,
  configurationKeys: string[] | null = null,
  fields: Partial<DescribeConfigsRequest> = {},
): DescribeConfigsRequest {
  const resources = [createDescribeConfigsResource({ resourceType, resourceName, configurationKeys })];
  return createDescribeConfigsRequest({ resources, ...fields });
}

async function described(script: Script): Promise<void> {
  const keys = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];
  await script.askInAll(DESCRIBE_CONFIGS, 'a topic', describe(ResourceType.topic, 'described', keys));
  await script.ask(
    DESCRIBE_CONFIGS,
    'all of a topic, with synonyms and documentation',
    describe(ResourceType.topic, 'described', null, { includeSynonyms: true, includeDocumentation: true }),
  );
  await script.ask(
    DESCRIBE_CONFIGS,
    'a setting that nobody knows',
    describe(ResourceType.topic, 'described', ['no.such.setting']),
  );
  await script.ask(DESCRIBE_CONFIGS, 'no settings', describe(ResourceType.topic, 'described', []));
  await script.askInAll(DESCRIBE_CONFIGS, 'a topic that is not there', describe(ResourceType.topic, 'not-there'));
  await script.ask(DESCRIBE_CONFIGS, 'a name that cannot be', describe(ResourceType.topic, 'a/b'));
  await script.ask(DESCRIBE_CONFIGS, 'a topic without a name', describe(ResourceType.topic, ''));
  const brokerKeys = [
    'message.max.bytes',
    'num.partitions',
    'auto.create.topics.enable',
    'log.retention.ms',
    'log.cleanup.policy',
    'log.segment.bytes',
  ];
  await script.ask(DESCRIBE_CONFIGS, 'this broker', describe(ResourceType.broker, '1', brokerKeys));
  await script.ask(
    DESCRIBE_CONFIGS,
    'this broker, with synonyms',
    describe(ResourceType.broker, '1', ['message.max.bytes'], { includeSynonyms: true }),
  );
  await script.ask(DESCRIBE_CONFIGS, 'all brokers', describe(ResourceType.broker, ''));
  await script.ask(DESCRIBE_CONFIGS, 'a broker that is not there', describe(ResourceType.broker, '9'));
  await script.ask(DESCRIBE_CONFIGS, 'a broker that is no number', describe(ResourceType.broker, 'one'));
  await script.ask(DESCRIBE_CONFIGS, 'a kind that nobody knows', describe(ResourceType.unknown, 'described'));
  await script.ask(DESCRIBE_CONFIGS, 'a kind of 3', describe(3, 'described'));
  await script.ask(DESCRIBE_CONFIGS, 'loggers of a broker that is not there', describe(ResourceType.brokerLogger, '9'));
  await script.ask(DESCRIBE_CONFIGS, 'no resources', createDescribeConfigsRequest());
  const twice = describe(ResourceType.topic, 'described', keys).resources;
  await script.ask(
    DESCRIBE_CONFIGS,
    'one topic twice',
    createDescribeConfigsRequest({ resources: [...twice, ...twice] }),
  );
}

async function changed(script: Script): Promise<void> {
  type Change = readonly [name: string, configOperation: number, value: string | null];
  const change = (resourceName: string, changes: readonly Change[], resourceType: number = ResourceType.topic) =>
    incremental.createIncrementalAlterConfigsRequest({
      resources: [
        incremental.createAlterConfigsResource({
          resourceType,
          resourceName,
          configs: changes.map(([name, configOperation, value]) =>
            incremental.createAlterableConfig({ name, configOperation, value }),
          ),
        }),
      ],
    });
  await script.askInAll(
    INCREMENTAL_ALTER_CONFIGS,
    'a setting',
    change('described', [['retention.ms', Operation.set, '1000000']]),
  );
  const steps: [string, readonly Change[]][] = [
    ['a setting taken away', [['segment.ms', Operation.delete, null]]],
    ['one that was not set taken away', [['flush.ms', Operation.delete, null]]],
    ['a policy taken out', [['cleanup.policy', Operation.subtract, 'delete']]],
    ['a policy put in', [['cleanup.policy', Operation.append, 'delete']]],
    ['a policy put in that is there', [['cleanup.policy', Operation.append, 'delete']]],
    ['a policy taken out that is not there', [['cleanup.policy', Operation.subtract, 'shred']]],
    ['a number put in', [['retention.ms', Operation.append, '1']]],
    ['a number taken out', [['retention.ms', Operation.subtract, '1']]],
    ['an operation that nobody knows', [['retention.ms', 9, '1']]],
    ['a setting that nobody knows', [['no.such.setting', Operation.set, '1']]],
    ['a number that is none', [['retention.ms', Operation.set, 'abc']]],
    ['a value of null', [['retention.ms', Operation.set, null]]],
    ['a value of null put in', [['cleanup.policy', Operation.append, null]]],
    [
      'one setting twice',
      [
        ['retention.ms', Operation.set, '1'],
        ['retention.ms', Operation.delete, null],
      ],
    ],
    [
      'one right, one wrong',
      [
        ['retention.ms', Operation.set, '7'],
        ['cleanup.policy', Operation.set, 'shred'],
      ],
    ],
    ['nothing', []],
  ];
  for (const [what, changes] of steps) await script.ask(INCREMENTAL_ALTER_CONFIGS, what, change('described', changes));
  const set: Change[] = [['retention.ms', Operation.set, '5']];
  await script.ask(INCREMENTAL_ALTER_CONFIGS, 'a setting, only validated', {
    ...change('described', set),
    validateOnly: true,
  });
  await script.ask(INCREMENTAL_ALTER_CONFIGS, 'a topic that is not there', change('not-there', set));
  await script.ask(INCREMENTAL_ALTER_CONFIGS, 'a topic without a name', change('', set));
  await script.ask(
    INCREMENTAL_ALTER_CONFIGS,
    'a kind that nobody knows',
    change('described', set, ResourceType.unknown),
  );
  await script.ask(INCREMENTAL_ALTER_CONFIGS, 'a kind of 3', change('described', set, 3));
  await script.ask(
    INCREMENTAL_ALTER_CONFIGS,
    'a broker that is not there',
    change('9', [['message.max.bytes', Operation.set, '5']], ResourceType.broker),
  );
  const both = change('described', set).resources;
  await script.ask(
    INCREMENTAL_ALTER_CONFIGS,
    'one topic twice',
    incremental.createIncrementalAlterConfigsRequest({ resources: [...both, ...both] }),
  );
  await script.ask(
    DESCRIBE_CONFIGS,
    'what the changes left',
    describe(ResourceType.topic, 'described', ['cleanup.policy', 'retention.ms', 'segment.ms']),
  );
}

async function replaced(script: Script): Promise<void> {
  const replace = (resourceName: string, ...pairs: [string, string | null][]) =>
    alter.createAlterConfigsRequest({
      resources: [
        alter.createAlterConfigsResource({
          resourceType: ResourceType.topic,
          resourceName,
          configs: pairs.map(([name, value]) => alter.createAlterableConfig({ name, value })),
        }),
      ],
    });
  await script.askInAll(ALTER_CONFIGS, 'all settings replaced by one', replace('described', ['flush.ms', '77']));
  await script.ask(ALTER_CONFIGS, 'a setting that nobody knows', replace('described', ['no.such.setting', '1']));
  await script.ask(ALTER_CONFIGS, 'a number that is none', replace('described', ['flush.ms', 'abc']));
  await script.ask(ALTER_CONFIGS, 'a value of null', replace('described', ['flush.ms', null]));
  await script.ask(ALTER_CONFIGS, 'a topic that is not there', replace('not-there', ['flush.ms', '1']));
  await script.ask(ALTER_CONFIGS, 'only validated', { ...replace('described'), validateOnly: true });
  await script.ask(
    DESCRIBE_CONFIGS,
    'what was replaced',
    describe(ResourceType.topic, 'described', ['cleanup.policy', 'retention.ms', 'flush.ms']),
  );
}
