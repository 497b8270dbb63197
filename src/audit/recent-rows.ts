/** The newest rows of something, in a ring: rows are made once and used again, so that adding one allocates nothing that stays. */
export class RecentRows<Row extends object> {
  readonly #rows: Row[] = [];
  readonly #rowsMax: number;
  #next = 0;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  /** The row that holds what `made` holds from now on; it is the oldest one's object where the ring is full. */
  add(made: Row): Row {
    const old = this.#rows[this.#next];
    const row = old === undefined ? made : Object.assign(old, made);
    this.#rows[this.#next] = row;
    this.#next = (this.#next + 1) % this.#rowsMax;
    return row;
  }

  *newestFirst(): Iterable<Row> {
    for (let back = 1; back <= this.#rows.length; back++) {
      const row = this.#rows[(this.#next - back + this.#rows.length) % this.#rows.length];
      if (row !== undefined) yield row;
    }
  }
}
