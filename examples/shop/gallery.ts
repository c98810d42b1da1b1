/**
 * Pictures of prints: drawn by whichever worker is idle, while the one that was asked goes
 * on; and kept by the latter.
 *
 * @module
 */

import { type Linked, linked, type RuntimeFace, TaskQueue } from "../../mod.ts";
import { LruCache, newCache, type SharedCache } from "../lru_cache.ts";
import { draw, type Drawing } from "./drawing.ts";
import { opening } from "./opening.ts";

/** What the galleries of all workers share. */
export interface SharedGallery {
  readonly cache: SharedCache;
  /** How long a picture may take, in ms. */
  readonly deadline: number;
}

/** The gallery of one worker. */
export class Gallery {
  readonly #cache: LruCache<Uint8Array>;
  readonly #deadline: number;
  #runtime: RuntimeFace | undefined;

  /**
   * Each worker has one picture drawn at a time, somewhere: all of them together keep the
   * machine busy, and what is begun is soon done. When too many wait it says no.
   */
  readonly #drawings: TaskQueue<Drawing, Uint8Array> = new TaskQueue(
    async (batch) => {
      const assignment = batch.bound();
      const [drawing] = assignment.toArray();
      assignment.resolve([await this.#draw(drawing!)]);
    },
    { concurrency: 1, maxBatch: 1, capacity: 64, overflow: "reject" },
  );

  constructor({ cache, deadline }: SharedGallery) {
    this.#deadline = deadline;
    this.#cache = new LruCache<Uint8Array>(cache, {
      capacity: 64,
      load: (drawing) => this.#drawings.push(JSON.parse(drawing)),
    });
  }

  /** Pictures are drawn by the workers of this runtime from now on. */
  open(runtime: RuntimeFace): void {
    this.#runtime = runtime;
  }

  /**
   * A picture, which is drawn if this worker does not have it.
   *
   * @throws {DOMException} `TimeoutError` if it takes too long.
   * @throws {QueueFullError} If too many wait for theirs.
   */
  picture(drawing: Drawing): Promise<Uint8Array> {
    return this.#cache.fetch(JSON.stringify(drawing));
  }

  /**
   * A picture that nobody will ask for again.
   *
   * @throws {DOMException} `TimeoutError` if it takes too long.
   * @throws {QueueFullError} If too many wait for theirs.
   */
  sketch(drawing: Drawing): Promise<Uint8Array> {
    return this.#drawings.push(drawing);
  }

  async #draw(drawing: Drawing): Promise<Uint8Array> {
    if (this.#runtime === undefined) {
      throw new Error("Cannot draw as the gallery is not open");
    }
    return await this.#runtime.with({ timeout: this.#deadline })
      .spawn(draw, drawing);
  }
}

/** The family. */
export const gallery: Linked<Gallery> = linked(import.meta.url, "gallery", {
  shared: () => ({ cache: newCache(), deadline: opening().deadline }),
  create: (shared: SharedGallery) => new Gallery(shared),
});
