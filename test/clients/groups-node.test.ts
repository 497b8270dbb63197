/** Goal: groups of kafkajs and of @platformatic/kafka work here. Method: group-claims.ts, with members of *-members.mjs. */
import { join } from 'node:path';
import { describeOnEngines } from './engines';
import { claimGroups, GROUP_FLAGS } from './group-claims';

describeOnEngines(
  'groups of Node clients',
  [],
  (engine) => {
    const program = (name: string) => () => ({
      command: process.execPath,
      parameters: [join(__dirname, `${name}-members.mjs`), engine.bootstrap],
    });

    // One after the other: members on Node take more of the processor than others.
    claimGroups(engine, [
      {
        name: 'kafkajs',
        program: program('kafkajs'),
        lacks: {
          static: 'no group.instance.id',
          cooperative: 'eager only',
          pattern: 'patterns are matched once, when subscribing',
          later: 'subscribing to a topic that is not there fails',
        },
      },
    ]);
    claimGroups(engine, [
      {
        name: '@platformatic/kafka',
        program: program('platformatic'),
        lacks: {
          metadata: 'commits carry none',
          seek: 'a stream begins at offsets, and stays',
          pause: 'the whole stream only',
          cooperative: 'eager only',
          pattern: 'topics by name only',
          later: 'a topic must be there',
        },
      },
    ]);
  },
  GROUP_FLAGS,
);
