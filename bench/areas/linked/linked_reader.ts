import { LruCache, type SharedCache } from "../../../examples/lru_cache.ts";
import type { Family } from "../../../mod.ts";
import { type Arrangement, Reader } from "./reader.ts";

/** How many reads of a worker wait for others at a time. */
const IN_FLIGHT = 64;

/** Reads through the linked cache. */
export class LinkedReader extends Reader {
  readonly #shared: SharedCache;
  readonly #ttl: number;
  #cache: LruCache<number> | undefined;
  #names: readonly string[] = [];

  constructor(shared: SharedCache, ttl: number) {
    super();
    this.#shared = shared;
    this.#ttl = ttl;
  }

  override answer(key: number): Promise<number> | number {
    const name = this.#names[key]!;
    return this.#cache!.get(name) ?? this.#cache!.fetch(name);
  }

  override async read(count: number): Promise<void> {
    for (let k = 0; k < count; k++) {
      const key = this.draw();
      const answer = this.answer(key);
      // Most are there, and nobody waits for these.
      this.compare(key, typeof answer === "number" ? answer : await answer);
    }
  }

  protected override begin({ reads }: Arrangement): void {
    this.#names = Array.from({ length: reads.keys }, (_, key) => String(key));
    this.#cache = new LruCache(this.#shared, {
      capacity: reads.capacity,
      ttl: this.#ttl,
      load: (name) => this.find(Number(name)),
    });
  }
}

/** Asks for each key the one worker whose cache has it. */
export class AskingReader extends LinkedReader {
  #family: Family<Reader> | undefined;

  override async read(count: number): Promise<void> {
    let left = count;
    const family = this.#family!;
    const one = async () => {
      while (left-- > 0) {
        const key = this.draw();
        this.compare(key, await family.forKey(key).answer(key));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  }

  protected override begin(arrangement: Arrangement): void {
    super.begin(arrangement);
    this.#family = arrangement.family;
  }
}
