/**
 * Goal: what an operator's AdminClient asks about groups, offsets and the cluster is answered as Kafka answers it. Method:
 * java/AdminChecks.java does the work in one JVM per engine, one line per check.
 */
import { reportChecks } from './checks';
import { describeOnEngines } from './engines';
import { compile, javaCommand, javaNeeds } from './java';

const CHECKS = [
  'a group without members: list, describe, alter, delete',
  'a group with a member: describe, refuse, remove the member',
  'a static member is removed by its instance id',
  'groups that do not exist',
  'deleteRecords',
  'describeProducers',
  'describeLogDirs',
  'describeFeatures',
  'electLeaders',
  'partition reassignments',
  'client quotas',
  'ACLs',
  'SCRAM credentials',
  'listConfigResources',
  'transactions',
  'a transactional producer is told at once',
];

describeOnEngines("an operator's AdminClient", javaNeeds, (engine) => {
  let program: ReturnType<typeof compile> | undefined;
  beforeAll(() => {
    program = compile('AdminChecks');
  }, 120_000);
  afterAll(() => program?.remove());

  reportChecks(CHECKS, () => ({
    command: javaCommand,
    parameters: [...(program?.parameters ?? []), engine.bootstrap],
  }));
});
