/** Goal: what stands around a message is Kafka's. Method: the rules' own edges, and kafkajs's table of errors as a second opinion. */
import { ErrorCode, errorNameOf } from '../../src/protocol/error-code';
import {
  readRequestHeader,
  requestHeaderVersion,
  responseFrame,
  responseHeaderVersion,
} from '../../src/protocol/header';
import { Reader } from '../../src/protocol/reader';
import { readResponseHeader, requestFrame } from '../../src/protocol/client-headers';
import { expectEnd } from '../support/client-headers';
import { isRetriable } from '../support/retriable';

interface KafkajsError {
  readonly type: string;
  readonly code: number;
  readonly retriable: boolean;
}

const bodyOf = (chunks: readonly Uint8Array[]): Reader => new Reader(Buffer.concat(chunks).subarray(4));

test('a header is flexible from the version on in which its message is', () => {
  expect([requestHeaderVersion(1, 11), requestHeaderVersion(1, 12)]).toEqual([1, 2]);
  expect([responseHeaderVersion(1, 11), responseHeaderVersion(1, 12)]).toEqual([0, 1]);
  expect(requestHeaderVersion(7, 0)).toBe(0);
});

test('ApiVersions answers with header 0 in every version, known or not', () => {
  expect([0, 3, 5, 99].map((version) => responseHeaderVersion(18, version))).toEqual([0, 0, 0, 0]);
  expect([0, 3, 99].map((version) => requestHeaderVersion(18, version))).toEqual([1, 2, 2]);
});

test('the client id is never compact, and may be null', () => {
  for (const clientId of ['reader', null]) {
    for (const apiVersion of [11, 18]) {
      const header = { apiKey: 1, apiVersion, correlationId: -7, clientId };
      const reader = bodyOf(requestFrame(header).finishFrame());
      expect(readRequestHeader(reader)).toEqual(header);
      expectEnd(reader);
      const answer = bodyOf(responseFrame(header).finishFrame());
      expect(readResponseHeader(answer, 1, apiVersion)).toBe(-7);
      expectEnd(answer);
    }
  }
});

test('names, codes and what may be retried are those of kafkajs where it knows the code', () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { errorCodes } = require('kafkajs/src/protocol/error') as { errorCodes: readonly KafkajsError[] };
  // Renamed, or made retriable, in Kafka releases that are younger than the table.
  const renamed = new Set([
    'UNKNOWN',
    'NOT_LEADER_FOR_PARTITION',
    'GROUP_LOAD_IN_PROGRESS',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'NOT_COORDINATOR_FOR_GROUP',
    'INVALID_TOPIC_EXCEPTION',
  ]);
  const named = errorCodes.filter(({ type }) => !renamed.has(type));
  expect(named.length).toBeGreaterThan(70);
  const differences = named.flatMap(({ type, code, retriable }) => [
    ...(errorNameOf(code) === type ? [] : [`${code} ${type}: ${String(errorNameOf(code))}`]),
    ...(isRetriable(code) === retriable ? [] : [`${code} ${type}: retriable ${String(isRetriable(code))}`]),
  ]);
  expect(differences).toEqual([]);
  expect([ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.CONTROLLER_ID_NOT_REGISTERED]).toEqual([-1, 136]);
});
