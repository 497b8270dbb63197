/**
 * A secret, and the search for it in whatever left the gateway: spans, metrics, logs, errors. It is looked for as it is, as base64, as hex
 * and as a list of numbers, so that no encoding hides it.
 */
export interface Canary {
  readonly text: string;
  readonly bytes: Buffer;
  /** The names of the places that hold it. */
  found(places: Readonly<Record<string, string | Buffer>>): readonly string[];
}

export const makeCanary = (word: string): Canary => canaryOf(Buffer.from(`canary-${word}-5f1c9e7b2d`));

/** Of any bytes, long enough that they come about nowhere else. */
export function canaryOf(bytes: Buffer): Canary {
  const text = bytes.toString();
  // Base64 depends on where in its three-byte groups the secret begins.
  const encoded = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return whole.slice(before === 0 ? 0 : 4, -4);
  });
  const inUrls = encoded.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'));
  const forms = [bytes, bytes.toString('hex'), bytes.join(','), ...encoded, ...inUrls];
  return {
    text,
    bytes,
    found: (places) =>
      Object.entries(places)
        .filter(([, content]) => forms.some((form) => holds(content, form)))
        .map(([name]) => name),
  };
}

/** Bytes are no text: they are looked for as such. */
const holds = (content: string | Buffer, form: string | Buffer): boolean =>
  typeof content === 'string' ? content.includes(form.toString()) : content.includes(form);
