/** Where `seaglass users` keeps users: the users file of a gateway, or the state of a cluster, which its gateways are asked to change. */
import type { ScramMechanism } from '../../kafka/users/scram-credential';

/** How often the password is hashed, by each mechanism that it is kept for. */
export type Kept = Readonly<Partial<Record<ScramMechanism, number>>>;

export interface NewPassword {
  readonly password: Uint8Array;
  readonly mechanisms: readonly ScramMechanism[];
  readonly iterations: number;
}

export interface UserStore {
  /** As people are told. */
  readonly name: string;
  users(): Promise<ReadonlyMap<string, Kept>>;
  /** Whoever has the name has this password alone from then on. */
  put(name: string, password: NewPassword): Promise<void>;
  /** False where nobody has the name. */
  remove(name: string): Promise<boolean>;
}
