/**
 * A secret for keys, values and headers, and the search for it in whatever left the gateway: spans, metrics, logs, errors. It is
 * looked for as text, as base64 and as hex, so that no encoding hides it.
 */
export interface Canary {
  readonly text: string;
  readonly bytes: Buffer;
  /** The names of the places that hold it. */
  found(places: Readonly<Record<string, string | Buffer>>): readonly string[];
}

export function makeCanary(word: string): Canary {
  const text = `canary-${word}-5f1c9e7b2d`;
  const bytes = Buffer.from(text);
  // Base64 depends on where in its three-byte groups the secret begins.
  const encoded = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return whole.slice(before === 0 ? 0 : 4, -4);
  });
  const forms = [text, bytes.toString('hex'), ...encoded];
  return {
    text,
    bytes,
    found: (places) =>
      Object.entries(places)
        .filter(([, content]) => forms.some((form) => content.includes(form)))
        .map(([name]) => name),
  };
}
