/**
 * Goal: Karapace works unchanged over the gateway. Method: python/ does with the clients that it uses (confluent-kafka for the topic,
 * aiokafka for the group) what its storage and its election do, call by call; the claims stand in store-suite.ts.
 */
import { join } from 'node:path';
import { describeOnEngines } from '../clients/engines';
import { python, pythonNeed } from '../clients/python';
import { SESSION_TIMEOUT_FLAGS } from './registry-instances';
import { storeSuite } from './store-suite';

const needs = [pythonNeed('confluent-kafka and aiokafka', 'confluent_kafka', 'aiokafka')];

describeOnEngines(
  "Karapace's storage and election",
  needs,
  (engine) => {
    storeSuite(engine, {
      name: "Karapace's pattern",
      beginsAnewOnRejoin: true,
      program: () => ({ command: python, parameters: [join(__dirname, 'python', 'store_program.py')] }),
    });
  },
  SESSION_TIMEOUT_FLAGS,
);
