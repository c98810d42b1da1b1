/**
 * The prints, as each worker has read them: a cache in front of reads that go together.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { type Linked, linked, type TaskQueue } from "../../mod.ts";
import { lookups } from "../database/lookups.ts";
import { LruCache, newCache, type SharedCache } from "../lru_cache.ts";
import { openToRead } from "./database.ts";
import { opening } from "./opening.ts";
import type { Print } from "./prints.ts";

/** What the catalogues of all workers share. */
export interface SharedCatalogue {
  readonly path: string;
  readonly cache: SharedCache;
}

/** What is not there is remembered, too. */
type Found = Print | null;

/** The catalogue of one worker: with a connection, a queue and a cache of its own. */
export class Catalogue implements Disposable {
  readonly #database: DatabaseSync;
  readonly #reads: TaskQueue<number, Print | undefined>;
  readonly #cache: LruCache<Found>;
  #ids: readonly number[] | undefined;

  constructor({ path, cache }: SharedCatalogue) {
    this.#database = openToRead(path);
    const several = this.#database.prepare(
      "select * from prints where id in (select value from json_each(?))",
    );
    this.#reads = lookups<number, Print>({
      find: (ids) => several.all(JSON.stringify(ids)) as unknown as Print[],
      keyOf: ({ id }) => id,
    });
    this.#cache = new LruCache<Found>(cache, {
      capacity: 1000,
      load: async (id) => await this.#reads.push(Number(id)) ?? null,
    });
  }

  /** A print; undefined if there is none with that number. */
  async print(id: number): Promise<Print | undefined> {
    return await this.#cache.fetch(String(id)) ?? undefined;
  }

  /** All prints: those that are not in the cache are one statement. */
  async all(): Promise<Print[]> {
    this.#ids ??= this.#database.prepare("select id from prints order by id")
      .all().map(({ id }) => Number(id));
    const prints = await Promise.all(this.#ids.map((id) => this.print(id)));
    return prints.filter((print) => print !== undefined);
  }

  /** Somebody has bought one: all workers read it anew. */
  forget(id: number): void {
    this.#cache.delete(String(id));
  }

  /** What the caches of all workers found, and what not. */
  totals(): { hits: number; misses: number } {
    return this.#cache.totals();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** The family. */
export const catalogue: Linked<Catalogue> = linked(
  import.meta.url,
  "catalogue",
  {
    shared: () => ({ path: opening().path, cache: newCache() }),
    create: (shared: SharedCatalogue) => new Catalogue(shared),
  },
);
