/** Settings of who may do what: Kafka's names, below `authorizer`. */
import { z } from 'zod';
import type { Setting } from './setting';
import { choice, flag } from './setting';

const ALLOWED = 'User:name, several parted by semicolons';
const PRINCIPAL = /^User:[^;]+$/;

/** Kafka parts them by semicolons, for the subject of a certificate has commas. */
function superUsers(meaning: string): Setting<readonly string[]> {
  const split = (value: unknown): unknown =>
    typeof value === 'string'
      ? value
          .split(';')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value;
  return {
    schema: z.preprocess(split, z.array(z.string().regex(PRINCIPAL)).readonly()),
    default: [],
    allowed: ALLOWED,
    meaning,
    secret: false,
    print: (value) => value.join(';'),
  };
}

const STANDARD = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

export const authorizer = {
  className: choice(
    ['none', STANDARD],
    'none',
    "Kafka's authorizer.class.name: whether requests are checked against ACLs; `standard` is a word for Kafka's own class.",
    { standard: STANDARD, '': 'none' },
  ),
  superUsers: superUsers("Kafka's super.users: who may do everything, whatever the ACLs say."),
  allowEveryoneIfNoAclFound: flag(
    false,
    "Kafka's allow.everyone.if.no.acl.found: whether a resource that no ACL names is open to all.",
  ),
};
