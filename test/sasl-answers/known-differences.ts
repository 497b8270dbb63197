/** Where the gateway answers who signs in, or changes users, otherwise than Kafka 4.3.1, and why. */
import type { KnownDifference } from '../kafka-answers/known-differences';

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    exchange: /^Scram 0: a (user that does not exist|mechanism that the user has no password for)/,
    at: /./,
    reason:
      'Kafka refuses the first message, which tells who exists; here the last one is refused, as with a wrong password',
  },
  {
    exchange: /^Scram 0: the name of a delegation token/,
    at: /./,
    reason: 'nobody has a delegation token, which is refused as a user that does not exist',
  },
  {
    exchange: /^Scram 0: another channel binding in the last message/,
    at: /./,
    reason:
      'Kafka does not look at it; RFC 5802 wants it looked at, for somebody between may have changed the first message',
  },
  {
    exchange: /^Scram 0: a proof that is too short/,
    at: /./,
    reason: 'Kafka fails over it and closes the connection; here it is a wrong proof, which is told',
  },
];
