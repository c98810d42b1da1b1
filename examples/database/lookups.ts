/**
 * Point queries that become one statement.
 *
 * @module
 */

import { type BatchQueueOptions, TaskQueue } from "../../batching/mod.ts";

/** What is to be looked up, and how many statements may run at once: as many as there are connections. */
export interface LookupOptions<Key, Row> extends BatchQueueOptions {
  /** Runs one statement: the rows for some keys, in any order. */
  readonly find: (keys: Key[]) => Iterable<Row> | PromiseLike<Iterable<Row>>;
  /** The key of a row. */
  readonly keyOf: (row: Row) => Key;
}

/**
 * Looks rows up by their keys: what is asked for in one turn, and while all
 * connections are busy, is one statement. Undefined for a key without a row.
 */
export function lookups<Key, Row>(
  { find, keyOf, ...options }: LookupOptions<Key, Row>,
): TaskQueue<Key, Row | undefined> {
  return new TaskQueue(async (batch) => {
    const assignment = batch.bound();
    const keys = assignment.toArray();
    const rows = new Map<Key, Row>();
    for (const row of await find(keys)) rows.set(keyOf(row), row);
    assignment.resolve(keys.map((key) => rows.get(key)));
  }, options);
}
