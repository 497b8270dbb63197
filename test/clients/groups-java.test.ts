/**
 * Goal: groups of kafka-clients (Java, the classic protocol) work here, and the newer protocol, which is not served, is refused in
 * words. Method: group-claims.ts, with members of java/GroupMembers.java.
 */
import { run } from './checks';
import { describeOnEngines } from './engines';
import { claimGroups, GROUP_FLAGS } from './group-claims';
import { compile, javaCommand, javaNeeds } from './java';

describeOnEngines(
  'groups of kafka-clients',
  javaNeeds,
  (engine) => {
    let program: ReturnType<typeof compile> | undefined;
    let refused: ReturnType<typeof compile> | undefined;
    beforeAll(() => {
      program = compile('GroupMembers');
      refused = compile('ConsumerProtocol');
    }, 120_000);
    afterAll(() => {
      program?.remove();
      refused?.remove();
    });

    claimGroups(engine, [
      {
        name: 'kafka-clients',
        program: () => ({ command: javaCommand, parameters: [...(program?.parameters ?? []), engine.bootstrap] }),
      },
    ]);

    test('a consumer of the newer group protocol (KIP-848) is told at once that it is not served', async () => {
      const output = await run(javaCommand, [...(refused?.parameters ?? []), engine.bootstrap, 'any'], 60_000);
      expect(output).toMatch(/UnsupportedVersionException: .*CONSUMER.* after \d+ ms/s);
    }, 180_000);
  },
  GROUP_FLAGS,
);
