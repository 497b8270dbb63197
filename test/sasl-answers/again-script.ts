/** How who is signed in signs in again (KIP-368), where the broker ends sessions and where it does not. */
import type { Exchange } from '../kafka-answers/script';
import { plainToken } from '../support/sasl-client';
import { ALICE, BOB, plain, play, type Scenarios, scram } from './sign-in-script';

const SECOND_MS = 1_000;

const AGAIN: Scenarios = {
  'by PLAIN': async (steps) => {
    await plain(steps);
    await steps.metadata();
    await plain(steps);
  },
  'by SCRAM': async (steps) => {
    await scram(steps);
    await scram(steps);
  },
  'the older way': async (steps) => {
    await plain(steps);
    await steps.handshake('PLAIN', 0);
    await steps.bare('right', plainToken(ALICE.name, ALICE.password));
  },
  'as somebody else': async (steps) => {
    await plain(steps);
    await plain(steps, plainToken(BOB.name, BOB.password), 'of bob');
  },
  'as somebody else by SCRAM': async (steps) => {
    await scram(steps);
    await scram(steps, { user: BOB.name, password: BOB.password });
  },
  'by another mechanism': async (steps) => {
    await plain(steps);
    await scram(steps);
  },
  'by an unknown mechanism': async (steps) => {
    await plain(steps);
    await steps.handshake('GSSAPI');
  },
  'with a wrong password': async (steps) => {
    await plain(steps);
    await plain(steps, plainToken(ALICE.name, 'wrong'), 'wrong');
  },
  'with a wrong password by SCRAM': async (steps) => {
    await scram(steps);
    await scram(steps, { password: 'wrong' });
  },
  'twice within a second': async (steps) => {
    await plain(steps);
    const beganMs = performance.now();
    await plain(steps);
    await plain(steps);
    return performance.now() - beganMs < SECOND_MS ? undefined : 'too slow';
  },
  'with a request between handshake and token': async (steps) => {
    await plain(steps);
    await steps.handshake('PLAIN');
  },
  'with ApiVersions between handshake and token': async (steps) => {
    await plain(steps);
    await steps.handshake('PLAIN');
    await steps.versions();
  },
  'with ApiVersions before': async (steps) => {
    await plain(steps);
    await steps.versions();
    await plain(steps);
  },
};

/** `where` tells which broker it is. */
export const againScript = (port: number, where: string): Promise<readonly Exchange[]> => play(AGAIN, port, where);
