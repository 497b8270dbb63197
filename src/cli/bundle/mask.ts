/** Takes secrets out of text that leaves the machine. What the gateway tells is masked there already; this is for what slipped through. */
export const MASK = '********';

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // user:password@host in an address
  [/(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@"']+@/gi, `$1${MASK}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${MASK}`],
  // name=value, name: value and "name": "value" whose name says that it is one
  [
    /((?:authorization|cookie|[\w.-]*(?:password|passwd|secret|token|api[_-]?key|credential|private[_-]?key)[\w.-]*)["']?\s*[=:]\s*["']?)(?!\*{8})[^\s"',;}]+/gi,
    `$1${MASK}`,
  ],
];

export const masked = (text: string): string =>
  SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
