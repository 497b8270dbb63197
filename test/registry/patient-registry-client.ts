/** A client that asks again until it is answered, as one does while what lies below the registry is restarted. */
import { RegistryClient, RegistryError } from './registry-client';
import type { SchemaType } from './schemas';

const PATIENCE_MS = 120_000;
const RETRY_MS = 250;

export class PatientRegistryClient extends RegistryClient {
  /** The failures it asked again after. */
  readonly refusals: string[] = [];
  #registered = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  /** Registering the same again is answered with the same id, so asking again is safe. */
  override async register(subject: string, type: SchemaType, text: string): Promise<number> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const id = await super.register(subject, type, text);
        this.#count();
        return id;
      } catch (error) {
        if (Date.now() > deadline || (error instanceof RegistryError && error.status < 500)) throw error;
        this.refusals.push(String(error));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Resolves once that many were registered. */
  registered(count: number): Promise<void> {
    if (this.#registered >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  #count(): void {
    this.#registered += 1;
    for (const { count, resolve } of this.#waiting) if (this.#registered >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => this.#registered < count);
  }
}
