/**
 * What groups had committed before this process began: read from the storage once for each group that somebody looks at, behind the answer,
 * which waits for no storage. The metrics of commits are told of what is found, so a later look shows it.
 */
import type { OffsetStorage } from '../../kafka/groups/offsets/offset-storage';
import { COMMITTED_NAMED_MAX } from '../../telemetry/metrics/group-instruments';
import { clientName } from '../../telemetry/trace/client-name';
import { mapBounded } from '../../waiting/map-bounded';
import type { ConsoleSources } from '../sources';
import { askEngine } from './engine-call';

const GROUPS_AT_ONCE = 4;
/** Groups that are read behind one look. */
const GROUPS_A_LOOK = 32;
const AGAIN_MS = 10_000;

export class StoredCommits {
  readonly #sources: Pick<ConsoleSources, 'telemetry' | 'groups' | 'clock'>;
  /** By group: read, or when that failed, monotonic. */
  readonly #read = new Map<string, 'read' | number>();
  #reading = false;

  constructor(sources: Pick<ConsoleSources, 'telemetry' | 'groups' | 'clock'>) {
    this.#sources = sources;
  }

  /** Whether all was read that the group has stored. */
  isRead(group: string): boolean {
    return this.#read.get(group) === 'read';
  }

  /** Begins to read those that were not read yet; groups that are not among these are forgotten. */
  look(groups: ReadonlySet<string>): void {
    for (const group of this.#read.keys()) if (!groups.has(group)) this.#read.delete(group);
    if (this.#reading) return;
    const nowMs = this.#sources.clock.monotonicMs();
    const due = [...groups].filter((group) => {
      const known = this.#read.get(group);
      return known === undefined || (known !== 'read' && nowMs - known >= AGAIN_MS);
    });
    if (due.length === 0) return;
    this.#reading = true;
    void mapBounded(due.slice(0, GROUPS_A_LOOK), GROUPS_AT_ONCE, (group) => this.#readOne(group)).finally(
      () => (this.#reading = false),
    );
  }

  /** Never rejects: the trace says what failed. */
  async #readOne(group: string): Promise<void> {
    const { offsets } = this.#sources.groups;
    const title = { name: 'catalog.call', title: `console commits ${clientName(group)}` } as const;
    try {
      await askEngine(this.#sources, title, async (context) => readAll(offsets.pages(group, context)));
      this.#read.set(group, 'read');
    } catch {
      this.#read.set(group, this.#sources.clock.monotonicMs());
    }
  }
}

/** Past what the metrics keep nothing more is shown. */
async function readAll(pages: ReturnType<OffsetStorage['pages']>): Promise<void> {
  let found = 0;
  for await (const page of pages) if ((found += page.length) >= COMMITTED_NAMED_MAX) return;
}
