/** The mechanisms that are enabled, each with what it needs. */
import { assert } from '../../assert';
import type { Random } from '../../random';
import type { Users } from '../users/users';
import type { MechanismFactory } from './mechanism';
import { OauthbearerExchange } from './oauthbearer/oauthbearer';
import type { TokenVerifier } from './oauthbearer/token-verifier';
import { PlainExchange } from './plain';
import type { SaslMechanism } from './sasl-failure';
import { ScramExchange } from './scram';

export interface MechanismParts {
  readonly users: Users;
  readonly random: Random;
  /** Of tokens; needed for OAUTHBEARER. */
  readonly verifier?: TokenVerifier | undefined;
}

export type Mechanisms = ReadonlyMap<SaslMechanism, MechanismFactory>;

/** In the order given. */
export function createMechanisms(enabled: readonly SaslMechanism[], parts: MechanismParts): Mechanisms {
  return new Map(enabled.map((mechanism) => [mechanism, factoryOf(mechanism, parts)]));
}

function factoryOf(mechanism: SaslMechanism, { users, random, verifier }: MechanismParts): MechanismFactory {
  switch (mechanism) {
    case 'PLAIN':
      return () => new PlainExchange(users);
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return () => new ScramExchange(mechanism, { users, random });
    case 'OAUTHBEARER':
      assert(verifier !== undefined, 'a verifier of tokens for OAUTHBEARER');
      return () => new OauthbearerExchange(verifier);
  }
}
