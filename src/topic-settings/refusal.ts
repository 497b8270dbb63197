/** A topic setting that is refused, and how much of what a client sent a refusal repeats. */

/** The message is what the client is told. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

/** Long texts are cut: what a client sends must not fill answers and logs. */
export const shortened = (text: string): string => (text.length > 249 ? `${text.slice(0, 249)}…` : text);
