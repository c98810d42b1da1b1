/**
 * How threads share indices whose memory lies on several NUMA nodes.
 *
 * @module
 */

import { Claims, type ClaimsHandle } from "./claims.ts";
import { nodeHere, type Place } from "./places.ts";

/** The indices of a place, and who has taken how many of them. */
export interface Lane {
  /** The id of the node. */
  readonly node: number;
  readonly claims: ClaimsHandle;
}

/** Names such claims in a message. Helpers come to those of the first lane. */
export interface PlacedHandle extends ClaimsHandle {
  readonly lanes: readonly Lane[];
}

/**
 * Claims of several places: each thread begins with those on its own node, and then
 * takes of the others.
 */
export class PlacedClaims extends Claims {
  declare readonly handle: PlacedHandle;
  /** Those of which this thread takes, one after the other. */
  readonly #lanes: readonly Claims[];
  /** Of which it takes now. Those before it have no indices any more. */
  #at = 0;

  /**
   * Attaches to claims.
   *
   * @param node The id of the node that this thread is on, where known.
   */
  constructor(handle: PlacedHandle, node: number | undefined = nodeHere()) {
    super(handle);
    const { lanes } = handle;
    // From the first one on this node on, so that each node begins with its own.
    const first = Math.max(0, lanes.findIndex((lane) => lane.node === node));
    this.#lanes = [...lanes.slice(first), ...lanes.slice(0, first)]
      .sort((a, b) => Number(b.node === node) - Number(a.node === node))
      .map(({ claims }) => new Claims(claims));
  }

  /** Makes claims on the indices of some places. */
  static makePlaced(places: readonly Place[], helpers: number): PlacedClaims {
    const lanes = places.map(({ node, from, to }): Lane => ({
      node,
      claims: Claims.make(from, to, helpers).handle,
    }));
    return new PlacedClaims({ ...lanes[0]!.claims, lanes });
  }

  override take(
    count: number,
    least: number,
  ): [from: number, to: number] | undefined {
    for (; this.#at < this.#lanes.length; this.#at++) {
      const taken = this.#lanes[this.#at]!.take(count, least);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  override get areLeft(): boolean {
    return this.#lanes.some((claims) => claims.areLeft);
  }

  override end(): void {
    for (const claims of this.#lanes) claims.end();
  }

  override release(): void {
    for (const claims of this.#lanes) claims.release();
  }
}

/** Attaches to claims of either kind. */
export function attachedClaims(handle: ClaimsHandle | PlacedHandle): Claims {
  return "lanes" in handle ? new PlacedClaims(handle) : new Claims(handle);
}
