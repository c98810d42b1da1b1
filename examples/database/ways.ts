/**
 * The two ways of asking a database for users: one by one, and in batches.
 *
 * @module
 */

import type { User, Way } from "./comparison.ts";
import { lookups } from "./lookups.ts";

/** A database with a table of users. */
export interface Database {
  /** How many statements may run at once. */
  readonly connections: number;
  /** The rows with a key, by one statement. */
  one(id: number): User[] | PromiseLike<User[]>;
  /** The rows with one of several keys, by one statement. */
  several(ids: number[]): User[] | PromiseLike<User[]>;
}

/** Each request is a statement. */
export function oneByOne(database: Database): Way {
  let statements = 0;
  return {
    name: "one by one",
    async find(id) {
      statements++;
      return (await database.one(id))[0];
    },
    statements: () => statements,
  };
}

/** Requests that come in one turn, or while all connections are busy, are one statement. */
export function inBatches(database: Database): Way {
  let statements = 0;
  const users = lookups<number, User>({
    find(ids) {
      statements++;
      // A key that is alone is found sooner without a list.
      return ids.length === 1 ? database.one(ids[0]!) : database.several(ids);
    },
    keyOf: ({ id }) => id,
    concurrency: database.connections,
  });
  return {
    name: "in batches",
    find: (id) => users.push(id),
    statements: () => statements,
  };
}
