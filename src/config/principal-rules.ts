/** Kafka's ssl.principal.mapping.rules as a setting. */
import { z } from 'zod';
import { parsePrincipalRules, type PrincipalRules } from '../tls/principal-rules';
import type { Setting } from './setting';

const ALLOWED = 'RULE:pattern/replacement/ with L or U behind it, or DEFAULT; several parted by commas';

export function principalRules(initial: string, meaning: string): Setting<PrincipalRules> {
  const schema = z.string().transform((value, context): PrincipalRules => {
    const parsed = parsePrincipalRules(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: ALLOWED });
    return z.NEVER;
  });
  return {
    schema,
    default: schema.parse(initial),
    allowed: ALLOWED,
    meaning,
    secret: false,
    print: ({ text }) => text,
  };
}
