/**
 * The affinities of the workers of a runtime.
 *
 * @module
 */

import type { PinnedAffinity } from "../../aware/affinity.ts";
import { denseAffinities } from "../../aware/dense_affinities.ts";

type Ids = readonly (number | undefined)[];

/** One affinity for each worker; the same objects as long as there are as many. */
export class AffinityList {
  readonly #processors: Ids;
  readonly #nodes: Ids;
  #list: readonly PinnedAffinity[] = [];

  /**
   * Of workers of which these are the processors and nodes, as many as there could
   * be; those beyond are anywhere.
   */
  constructor(processors: Ids, nodes: Ids) {
    this.#processors = processors;
    this.#nodes = nodes;
  }

  /** The affinities of so many workers. */
  of(size: number): readonly PinnedAffinity[] {
    if (this.#list.length === size) return this.#list;
    const places = Array.from({ length: size }, (_, worker) => ({
      processor: this.#processors[worker],
      node: this.#nodes[worker],
    }));
    return this.#list = Object.freeze(denseAffinities(places));
  }
}
