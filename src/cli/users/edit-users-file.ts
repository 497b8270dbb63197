/**
 * The users file as `seaglass users` changes it: what else stands in it, comments among it, stays. It is written beside itself and put in its
 * place, readable by its owner alone, so that a gateway never reads half of it.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Document, parseDocument } from 'yaml';
import { readUsersFile } from '../../kafka/users/users-file';
import { entryOf, type UserCredentials } from '../../kafka/users/user-entry';

const HEADER = ' Who may sign in by SASL; written by `seaglass users`. Passwords are kept salted.';
const OWNER_ONLY = 0o600;

/** In the order of the file; nobody where there is no file. Throws Error where it cannot be read. */
export const usersIn = (path: string): ReadonlyMap<string, UserCredentials> =>
  existsSync(path) ? readUsersFile(path) : new Map();

/** Throws Error where the file cannot be read or written. */
export function putUser(path: string, name: string, credentials: UserCredentials): void {
  usersIn(path);
  const document = documentOf(path);
  document.setIn(['users', name], document.createNode(entryOf(credentials)));
  write(path, document);
}

/** False where nobody has the name. Throws Error where the file cannot be read or written. */
export function removeUser(path: string, name: string): boolean {
  if (!usersIn(path).has(name)) return false;
  const document = documentOf(path);
  document.deleteIn(['users', name]);
  write(path, document);
  return true;
}

function documentOf(path: string): Document {
  const document: Document = parseDocument(existsSync(path) ? readFileSync(path, 'utf8') : '');
  if (document.contents === null) {
    document.commentBefore = HEADER;
    document.contents = document.createNode({});
  }
  if (document.get('users') === undefined || document.get('users') === null)
    document.set('users', document.createNode({}));
  return document;
}

function write(path: string, document: Document): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? OWNER_ONLY;
  const beside = `${path}.${String(process.pid)}.new`;
  try {
    writeFileSync(beside, document.toString({ lineWidth: 0 }), { mode: mode & 0o777, flag: 'wx' });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
