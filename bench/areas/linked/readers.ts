/**
 * Families whose instances read through a cache as fast as they can.
 *
 * @module
 */
import { newCache } from "../../../examples/lru_cache.ts";
import { LruMap } from "../../../examples/lru_map.ts";
import { type Linked, linked } from "../../../mod.ts";
import { DirectReader, TextReader } from "./direct_reader.ts";
import { AskingReader, LinkedReader } from "./linked_reader.ts";
import type { Reader } from "./reader.ts";
import { SharedLru } from "./shared_lru.ts";

/** Each worker has a plain map: nothing is counted, and nothing can be called old. */
export const plain: Linked<Reader> = linked(import.meta.url, "plain", {
  create: () => new DirectReader(({ reads }) => new LruMap(reads.capacity)),
});

/** Each worker has its linked cache. */
export const perCore: Linked<Reader> = linked(import.meta.url, "perCore", {
  shared: newCache,
  create: (shared) => new LinkedReader(shared, Infinity),
});

/** The same, and entries do not live for ever. */
export const perCoreWithTtl: Linked<Reader> = linked(
  import.meta.url,
  "perCoreWithTtl",
  {
    shared: newCache,
    create: (shared) => new LinkedReader(shared, 3_600_000),
  },
);

/** Each key has one worker. */
export const oneOwner: Linked<Reader> = linked(import.meta.url, "oneOwner", {
  shared: newCache,
  create: (shared) => new AskingReader(shared, Infinity),
});

/** All share one cache. */
export const oneLock: Linked<Reader> = linked(import.meta.url, "oneLock", {
  create: () => new DirectReader(({ memory }) => new SharedLru(memory)),
});

/** The same, and a value is an object, which each of them has to make of its text. */
export const oneLockText: Linked<Reader> = linked(
  import.meta.url,
  "oneLockText",
  { create: () => new TextReader(({ memory }) => new SharedLru(memory)) },
);
