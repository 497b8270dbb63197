/** Whether those who should come in can, and those who may do everything exist; of what /api/health says of users and rights. */
import { z } from 'zod';
import { type CheckResult, failed, passed, skipped, warned } from './check';

export const SECURITY = z.object({
  /** Those with a password, stored or in the users file. */
  users: z.number(),
  /** False: stored users were not read yet. */
  usersLoaded: z.boolean(),
  authorizer: z.string(),
  /** `exists`: there is a user of this name. */
  superUsers: z.array(z.object({ principal: z.string(), exists: z.boolean() })),
});
export type Security = z.infer<typeof SECURITY>;

/** What a listener asks of those who come. */
export interface Asking {
  readonly listener: string;
  readonly protocol: string;
  readonly clientAuth: 'none' | 'requested' | 'required';
  /** By which clients sign in; none where it does not ask for SASL. */
  readonly mechanisms: readonly string[];
}

const TOKENS = 'OAUTHBEARER';
const ANONYMOUS = 'User:ANONYMOUS';
const ADD = 'seaglass users add NAME --users-file FILE (sasl.users-file), or kafka-configs --alter --entity-type users';

export function usersCheck({ users, usersLoaded }: Security, listeners: readonly Asking[]): CheckResult {
  const name = 'users';
  const asking = listeners.filter(({ mechanisms }) => mechanisms.length > 0);
  if (asking.length === 0) return skipped(name, 'no listener asks for SASL');
  const where = asking.map(({ listener, mechanisms }) => `${listener} (${mechanisms.join(', ')})`).join(', ');
  if (!usersLoaded)
    return warned(name, 'the stored users could not be read yet: they cannot sign in', 'see the check "engine"');
  if (users > 0) return passed(name, `${users} with a password may sign in at ${where}`);
  const asksPassword = asking.filter(({ mechanisms }) => mechanisms.some(isByPassword));
  if (asksPassword.length === 0) return passed(name, `nobody has a password; ${where}: tokens alone are taken`);
  const closed = asking.filter(({ mechanisms }) => mechanisms.every(isByPassword)).map(({ listener }) => listener);
  const found = `nobody has a password for ${where}`;
  return closed.length > 0
    ? failed(name, `${found}: nobody can sign in at ${closed.join(', ')}`, ADD)
    : warned(name, `${found}: only tokens let in`, `${ADD}; or take tokens alone`);
}

const isByPassword = (mechanism: string): boolean => mechanism !== TOKENS;

export function superUsersCheck(security: Security, listeners: readonly Asking[]): CheckResult {
  const name = 'super users';
  const { authorizer, superUsers } = security;
  const named = superUsers.map(({ principal }) => principal);
  if (authorizer === 'none')
    return named.length === 0
      ? skipped(name, 'everybody who comes in may do everything: authorizer.class-name is none')
      : warned(
          name,
          `${named.join(', ')} may do no more than others: authorizer.class-name is none`,
          'set authorizer.class-name to standard, or take authorizer.super-users away',
        );
  if (named.length === 0)
    return warned(
      name,
      'there is none: nobody can make ACLs unless one lets somebody ALTER the cluster',
      'name who may do everything by authorizer.super-users, as User:name',
    );
  const unshown = listeners.filter((each) => !each.protocol.startsWith('SASL_') && each.clientAuth !== 'required');
  if (named.includes(ANONYMOUS) && unshown.length > 0)
    return warned(
      name,
      `whoever comes by ${unshown.map(({ listener }) => listener).join(', ')} may do everything: ${ANONYMOUS} is one`,
      `take ${ANONYMOUS} out of authorizer.super-users, or let that listener listen on loopback alone`,
    );
  return existence(security, listeners);
}

function existence({ superUsers, usersLoaded }: Security, listeners: readonly Asking[]): CheckResult {
  const name = 'super users';
  const absent = superUsers.filter(({ exists }) => !exists).map(({ principal }) => principal);
  const all = superUsers.map(({ principal }) => principal).join(', ');
  if (absent.length === 0) return passed(name, `${all}: each is a user`);
  if (!usersLoaded) return skipped(name, `${absent.join(', ')}: the stored users could not be read yet`);
  const otherwise = [
    ...listeners.filter((each) => !each.protocol.startsWith('SASL_') && each.clientAuth !== 'none').map(certificate),
    ...listeners.filter(({ mechanisms }) => mechanisms.includes(TOKENS)).map(token),
  ];
  const found = `nobody has a password as ${absent.join(', ')}`;
  if (otherwise.length > 0) return passed(name, `${all}; ${found}, so they can only come by ${otherwise.join(' or ')}`);
  return warned(
    name,
    `${found}, and nobody can come in by that name: there is no such user`,
    `add the user (${ADD}), or correct authorizer.super-users`,
  );
}

const certificate = ({ listener }: Asking): string => `a certificate at ${listener}`;
const token = ({ listener }: Asking): string => `a token at ${listener}`;
