/**
 * All entries, found by the resource that somebody wants to touch: those with its literal name, those whose prefix it begins with, and
 * those for any name. Kafka's StandardAuthorizer walks a sorted set to the same end.
 */
import { type Acl, ANY_USER, type Operation, type ResourceType, WILDCARD } from './acl';
import { normalHost } from './host';

export interface Requester {
  /** With its type: `User:alice`. */
  readonly principal: string;
  /** The client's address in the form of `normalHost`. */
  readonly host: string;
}

export interface Action {
  readonly operation: Operation;
  readonly resourceType: ResourceType;
  readonly resourceName: string;
}

/** What the entries say: one that denies, else one that allows, else whether there are any for the resource at all. */
export type Finding =
  { readonly acl: Acl; readonly hasAcls: true } | { readonly acl: undefined; readonly hasAcls: boolean };

/** Operations whose permission is one to describe, too. A denial implies nothing. */
const IMPLIES_DESCRIBE: ReadonlySet<string> = new Set(['DESCRIBE', 'READ', 'WRITE', 'DELETE', 'ALTER']);
const IMPLIES_DESCRIBE_CONFIGS: ReadonlySet<string> = new Set(['DESCRIBE_CONFIGS', 'ALTER_CONFIGS']);

/** The entries of one resource type. */
interface Section {
  readonly literal: Map<string, Acl[]>;
  readonly prefixed: Map<string, Acl[]>;
  /** How many names there are by their length. */
  readonly prefixLengths: Map<number, number>;
}

export class AclIndex {
  readonly #sections = new Map<ResourceType, Section>();

  constructor(acls: Iterable<Acl>) {
    for (const acl of acls) this.add(acl);
  }

  add(acl: Acl): void {
    const { resourceType, resourceName, patternType } = acl;
    let section = this.#sections.get(resourceType);
    if (section === undefined) {
      section = { literal: new Map(), prefixed: new Map(), prefixLengths: new Map() };
      this.#sections.set(resourceType, section);
    }
    const byName = patternType === 'LITERAL' ? section.literal : section.prefixed;
    const there = byName.get(resourceName);
    if (there !== undefined) {
      there.push(acl);
      return;
    }
    byName.set(resourceName, [acl]);
    if (patternType === 'PREFIXED') countLength(section, resourceName, 1);
  }

  /** The same object that was added. */
  remove(acl: Acl): void {
    const { resourceType, resourceName, patternType } = acl;
    const section = this.#sections.get(resourceType);
    const byName = patternType === 'LITERAL' ? section?.literal : section?.prefixed;
    const there = byName?.get(resourceName);
    const at = there?.indexOf(acl) ?? -1;
    if (section === undefined || there === undefined || at < 0) return;
    there.splice(at, 1);
    if (there.length > 0) return;
    byName?.delete(resourceName);
    if (patternType === 'PREFIXED') countLength(section, resourceName, -1);
  }

  find(requester: Requester, action: Action): Finding {
    let allow: Acl | undefined;
    let hasAcls = false;
    for (const acl of this.#matching(action.resourceType, action.resourceName)) {
      hasAcls = true;
      if (!speaksOf(acl, requester) || !covers(acl, action.operation)) continue;
      if (acl.permission === 'DENY') return { acl, hasAcls };
      allow ??= acl;
    }
    return allow === undefined ? { acl: undefined, hasAcls } : { acl: allow, hasAcls: true };
  }

  *#matching(type: ResourceType, name: string): Iterable<Acl> {
    const section = this.#sections.get(type);
    if (section === undefined) return;
    yield* section.literal.get(name) ?? [];
    for (const length of section.prefixLengths.keys()) {
      if (length <= name.length) yield* section.prefixed.get(name.slice(0, length)) ?? [];
    }
    if (name !== WILDCARD) yield* section.literal.get(WILDCARD) ?? [];
  }

  /**
   * Kafka's authorizeByResourceType: the operation on at least one resource of the type. Implied operations do not count, and a resource
   * that is allowed counts only where no denial dominates it.
   */
  allowsSome(requester: Requester, operation: Operation, type: ResourceType): Acl | undefined {
    const section = this.#sections.get(type);
    if (section === undefined) return undefined;
    const ofRequester = (acl: Acl): boolean =>
      speaksOf(acl, requester) && (acl.operation === operation || acl.operation === 'ALL');
    const [literal, prefixed] = [pick(section.literal, ofRequester), pick(section.prefixed, ofRequester)];
    if (literal.denied.has(WILDCARD)) return undefined;
    const any = literal.allowed.get(WILDCARD);
    if (any !== undefined) return any;
    for (const [name, acl] of literal.allowed) {
      if (!literal.denied.has(name) && !isDominated(name, prefixed.denied)) return acl;
    }
    for (const [name, acl] of prefixed.allowed) if (!isDominated(name, prefixed.denied)) return acl;
    return undefined;
  }
}

function countLength({ prefixLengths }: Section, { length }: string, by: 1 | -1): void {
  const count = (prefixLengths.get(length) ?? 0) + by;
  if (count === 0) prefixLengths.delete(length);
  else prefixLengths.set(length, count);
}

function pick(byName: ReadonlyMap<string, readonly Acl[]>, wanted: (acl: Acl) => boolean) {
  const allowed = new Map<string, Acl>();
  const denied = new Set<string>();
  for (const [name, acls] of byName) {
    for (const acl of acls) {
      if (!wanted(acl)) continue;
      if (acl.permission === 'ALLOW') allowed.set(name, acl);
      else denied.add(name);
    }
  }
  return { allowed, denied };
}

function isDominated(name: string, deniedPrefixes: ReadonlySet<string>): boolean {
  for (let length = 1; length <= name.length; length++) if (deniedPrefixes.has(name.slice(0, length))) return true;
  return false;
}

const speaksOf = (acl: Acl, { principal, host }: Requester): boolean =>
  (acl.principal === principal || acl.principal === ANY_USER) &&
  (acl.host === WILDCARD || acl.host === host || normalHost(acl.host) === host);

function covers({ operation, permission }: Acl, wanted: Operation): boolean {
  if (operation === 'ALL' || operation === wanted) return true;
  if (permission === 'DENY') return false;
  if (wanted === 'DESCRIBE') return IMPLIES_DESCRIBE.has(operation);
  return wanted === 'DESCRIBE_CONFIGS' && IMPLIES_DESCRIBE_CONFIGS.has(operation);
}
