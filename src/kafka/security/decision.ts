/** What an authorizer says of one action, and by what. */
export interface Decision {
  readonly allowed: boolean;
  /** What decided: an entry in full, `super user`, `no ACL found` for the resource, or `no ACL matches`. */
  readonly rule: string;
}
