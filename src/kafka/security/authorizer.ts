/**
 * Decides who may do what, as Kafka's StandardAuthorizer does: super users everything, then an entry that denies, then one that allows,
 * then `allow.everyone.if.no.acl.found` where the resource has no entry at all. Decisions are kept until the entries change.
 */
import { EngineError } from '../../engine-error';
import type { Clock } from '../../clock';
import type { CallContext } from '../../telemetry/trace/operation';
import { giveUpAfter } from '../../waiting/give-up';
import type { ConnectionSession } from '../connection-session';
import { aclText, type Operation, type ResourceType } from './acl';
import { type Action, AclIndex, type Requester } from './acl-index';
import type { Decision } from './decision';
import type { DenialWatch } from './denials';
import { normalHost } from './host';
import type { StoredAcls } from './stored-acls';

/** Who holds all rights, and what holds where nothing was said. */
export interface AuthorizerSettings {
  /** Kafka's name of the class, or `none`. */
  readonly className: string;
  /** With their type: `User:admin`. */
  readonly superUsers: readonly string[];
  readonly allowEveryoneIfNoAclFound: boolean;
}

/** Clients of one principal and address, and actions of one of them, whose decisions are kept; past it all are forgotten. */
const REQUESTERS_MAX = 10_000;
const NAMES_MAX = 10_000;
/** How long a request waits for the entries at the start before it is answered with an error that clients retry. */
const LOAD_WAIT_MS = 1_500;
/** The name that Kafka's authorizeByResourceType tries first. */
const SOME_NAME = 'hardcode';

/** Decisions of one requester, by operation and resource type, by name. */
class Decisions {
  readonly requester: Requester;
  readonly isSuper: boolean;
  readonly #byAction = new Map<string, Map<string, Decision>>();

  constructor(requester: Requester, isSuper: boolean) {
    this.requester = requester;
    this.isSuper = isSuper;
  }

  of(action: string, name: string, decide: () => Decision): Decision {
    let byName = this.#byAction.get(action);
    if (byName === undefined) this.#byAction.set(action, (byName = new Map<string, Decision>()));
    let decision = byName.get(name);
    if (decision === undefined) {
      if (byName.size >= NAMES_MAX) byName.clear();
      byName.set(name, (decision = decide()));
    }
    return decision;
  }
}

const SUPER_USER: Decision = { allowed: true, rule: 'super user' };
const NOT_LOADED: Decision = { allowed: false, rule: 'the ACLs are not loaded' };

export class Authorizer {
  readonly settings: AuthorizerSettings;
  readonly acls: StoredAcls;
  readonly denials: DenialWatch;
  readonly #clock: Clock;
  readonly #superUsers: ReadonlySet<string>;
  readonly #noAcl: Decision;
  readonly #index: AclIndex;
  #decisions = new Map<string, Decisions>();

  constructor(options: {
    readonly settings: AuthorizerSettings;
    readonly acls: StoredAcls;
    readonly denials: DenialWatch;
    readonly clock: Clock;
  }) {
    this.settings = options.settings;
    this.acls = options.acls;
    this.denials = options.denials;
    this.#clock = options.clock;
    this.#superUsers = new Set(options.settings.superUsers);
    this.#noAcl = { allowed: options.settings.allowEveryoneIfNoAclFound, rule: 'no ACL found' };
    this.#index = new AclIndex(this.acls.all());
    this.acls.watch(({ gone, come }) => {
      for (const acl of gone) this.#index.remove(acl);
      for (const acl of come) this.#index.add(acl);
      this.#decisions = new Map();
    });
  }

  isSuperUser(principal: string): boolean {
    return this.#superUsers.has(`User:${principal}`);
  }

  /** Whether requests of this connection can be decided: before the entries are known, those of super users alone. */
  isReady({ principal }: Pick<ConnectionSession, 'principal'>): boolean {
    return this.acls.isWhole || this.isSuperUser(principal);
  }

  /** Waits for the entries. Throws EngineError('unavailable') where they are not whole in time. */
  async whenReady(context: CallContext): Promise<void> {
    const giveUp = giveUpAfter(LOAD_WAIT_MS, context.signal, this.#clock);
    await Promise.race([this.acls.loaded, giveUp.reached]);
    giveUp.end();
    if (!this.acls.isWhole) {
      throw new EngineError(
        'unavailable',
        'the access control entries cannot be read whole, so nobody but super users is served',
      );
    }
  }

  /** What a connection is known by to `decide`; to be asked anew for each request, for a principal may change. */
  decisionsOf({ principal, clientAddress }: Pick<ConnectionSession, 'principal' | 'clientAddress'>): Decisions {
    const key = `${principal}\n${clientAddress}`;
    let decisions = this.#decisions.get(key);
    if (decisions === undefined) {
      if (this.#decisions.size >= REQUESTERS_MAX) this.#decisions.clear();
      const requester = { principal: `User:${principal}`, host: normalHost(clientAddress) };
      decisions = new Decisions(requester, this.isSuperUser(principal));
      this.#decisions.set(key, decisions);
    }
    return decisions;
  }

  /** Never waits; what cannot be decided is denied. */
  decide(decisions: Decisions, action: Action): Decision {
    if (decisions.isSuper) return SUPER_USER;
    if (!this.acls.isWhole) return NOT_LOADED;
    const { operation, resourceType, resourceName } = action;
    return decisions.of(`${operation} ${resourceType}`, resourceName, () => this.#look(decisions.requester, action));
  }

  /** Whether the operation is allowed on at least one resource of the type. */
  decideSome(decisions: Decisions, operation: Operation, resourceType: ResourceType): Decision {
    const first = this.decide(decisions, { operation, resourceType, resourceName: SOME_NAME });
    if (first.allowed || first === NOT_LOADED) return first;
    return decisions.of(`some ${operation} ${resourceType}`, '', () => {
      const acl = this.#index.allowsSome(decisions.requester, operation, resourceType);
      return acl === undefined ? NO_ACL_MATCHES : { allowed: true, rule: aclText(acl) };
    });
  }

  #look(requester: Requester, action: Action): Decision {
    const { acl, hasAcls } = this.#index.find(requester, action);
    if (acl !== undefined) return { allowed: acl.permission === 'ALLOW', rule: aclText(acl) };
    return hasAcls ? NO_ACL_MATCHES : this.#noAcl;
  }
}

const NO_ACL_MATCHES: Decision = { allowed: false, rule: 'no ACL matches' };
