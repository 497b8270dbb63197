/**
 * Goal: Confluent Schema Registry works unchanged over the gateway. Method: java/ does with plain kafka-clients what its storage
 * and its election do, call by call; the claims stand in store-suite.ts.
 */
import { join } from 'node:path';
import { describeOnEngines } from '../clients/engines';
import { compile, javaCommand, javaNeeds } from '../clients/java';
import { SESSION_TIMEOUT_FLAGS } from './registry-instances';
import { storeSuite } from './store-suite';

describeOnEngines(
  "Confluent's storage and election",
  javaNeeds,
  (engine) => {
    let compiled: ReturnType<typeof compile> | undefined;
    beforeAll(() => {
      compiled = compile('StoreProgram', join(__dirname, 'java'));
    }, 120_000);
    afterAll(() => compiled?.remove());

    storeSuite(engine, {
      name: "Confluent's pattern",
      program: () => ({ command: javaCommand, parameters: compiled?.parameters ?? [] }),
    });
  },
  SESSION_TIMEOUT_FLAGS,
);
