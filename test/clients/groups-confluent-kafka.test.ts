/** Goal: groups of confluent-kafka (Python, librdkafka) work here. Method: group-claims.ts, with members of python/group_members.py. */
import { join } from 'node:path';
import { describeOnEngines } from './engines';
import { claimGroups, GROUP_FLAGS } from './group-claims';
import { python, pythonNeed } from './python';

const needs = [pythonNeed('confluent-kafka', 'confluent_kafka')];

describeOnEngines(
  'groups of confluent-kafka',
  needs,
  (engine) =>
    claimGroups(engine, [
      {
        name: 'confluent-kafka',
        program: () => ({
          command: python,
          parameters: [join(__dirname, 'python', 'group_members.py'), engine.bootstrap],
        }),
      },
    ]),
  GROUP_FLAGS,
);
