/**
 * Who a certificate's subject stands for: Kafka's ssl.principal.mapping.rules (KIP-371), `RULE:pattern/replacement/[LU]` and `DEFAULT`, the
 * first that matches the whole name.
 */
interface Rule {
  /** Undefined: DEFAULT, the name as it is. */
  readonly pattern: RegExp | undefined;
  readonly replacement: string;
  readonly letters: '' | 'L' | 'U';
}

export interface PrincipalRules {
  /** As written. */
  readonly text: string;
  readonly rules: readonly Rule[];
}

/** The whole subject, as Kafka takes it by default. */
export const DEFAULT_RULES: PrincipalRules = {
  text: 'DEFAULT',
  rules: [{ pattern: undefined, replacement: '', letters: '' }],
};

const RULE = /^(?:DEFAULT|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?))\s*(?:,|$)\s*/;

/** Undefined where the text is no list of rules. */
export function parsePrincipalRules(text: string): PrincipalRules | undefined {
  const rules: Rule[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = RULE.exec(rest);
    if (match === null) return undefined;
    const [whole, pattern, replacement = '', letters = ''] = match;
    try {
      const compiled = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
      rules.push({ pattern: compiled, replacement, letters: letters as Rule['letters'] });
    } catch {
      // No regular expression: the list is refused as a whole.
      return undefined;
    }
    rest = rest.slice(whole.length);
  }
  return rules.length === 0 ? undefined : { text, rules };
}

/** Undefined where no rule matches: then nobody is let in with this certificate. */
export function principalName({ rules }: PrincipalRules, subject: string): string | undefined {
  for (const { pattern, replacement, letters } of rules) {
    if (pattern === undefined) return subject;
    const match = pattern.exec(subject);
    if (match === null) continue;
    const name = replacement.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '');
    if (letters === 'L') return name.toLowerCase();
    return letters === 'U' ? name.toUpperCase() : name;
  }
  return undefined;
}
