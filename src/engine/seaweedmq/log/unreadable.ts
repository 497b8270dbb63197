/**
 * How long an offset may be unreadable and its record yet appear: a partition that is unloaded is flushed first, which the engine
 * does every 5 s otherwise. A broker that unloads one while a new stream writes to it gives out an offset and loses the record; its
 * producer would try for ever, because only a later record's flush proves the hole.
 */
export const UNREADABLE_MS_MAX = 10_000;
