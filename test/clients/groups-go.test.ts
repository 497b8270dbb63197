/**
 * Goal: groups of franz-go, sarama and kafka-go work here. Method: group-claims.ts, with members of go/, which .ci/programs builds.
 */
import { join } from 'node:path';
import { findProgram } from '../support/outside-program';
import { describeOnEngines } from './engines';
import { claimGroups, GROUP_FLAGS } from './group-claims';

process.env['SEAGLASS_TEST_GO_MEMBERS'] ??= join(__dirname, '..', '.cache', 'go', 'group-members');
const members = findProgram('group-members', 'SEAGLASS_TEST_GO_MEMBERS');
const needs = [
  { what: 'group-members, as .ci/programs builds it (SEAGLASS_TEST_GO_MEMBERS)', found: members !== undefined },
];

describeOnEngines(
  'groups of Go clients',
  needs,
  (engine) => {
    const program = (library: string) => () => ({
      command: members ?? 'group-members',
      parameters: [library, engine.bootstrap],
    });

    claimGroups(engine, [
      { name: 'franz-go', program: program('franz-go') },
      {
        name: 'sarama',
        program: program('sarama'),
        lacks: {
          seek: 'where a session begins only',
          pattern: 'topics by name only',
          later: 'a topic must be there',
        },
      },
      {
        name: 'kafka-go',
        program: program('kafka-go'),
        lacks: {
          metadata: 'commits carry none',
          seek: 'a reader of a group does not',
          pause: 'none',
          static: 'no group.instance.id',
          cooperative: 'eager only',
          pattern: 'topics by name only',
          later: 'a topic must be there',
        },
      },
    ]);
  },
  GROUP_FLAGS,
);
