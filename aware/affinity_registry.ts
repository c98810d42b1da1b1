/**
 * The affinities of this machine, and pinning threads to them.
 *
 * @module
 */

import { topology as topologyOfMachine } from "../topology/detect.ts";
import { coresWithinQuota, inOrderOfUse } from "../topology/order_of_use.ts";
import { pinThread } from "../topology/pin.ts";
import type { Topology } from "../topology/topology.ts";
import {
  checkAffinity,
  type PinnedAffinity,
  sameAffinity,
} from "./affinity.ts";
import {
  currentAffinity,
  settleAt,
  threadAffinity,
} from "./current_affinity.ts";
import { denseAffinities } from "./dense_affinities.ts";

/**
 * How many processors a registry has: `"auto"`, as many as `Runtime.start()` would
 * have workers, one on each core within the quota; `"all"` that the program may
 * use; just so many; or so many, or all if there are fewer.
 */
export type ProcessorCount =
  | "auto"
  | "all"
  | { readonly exactly: number }
  | { readonly atMost: number };

/** Options of {@linkcode AffinityRegistry}. */
export interface AffinityRegistryOptions {
  /** The machine. Default: this one. */
  readonly topology?: Topology;
}

/**
 * The affinities of some of the machine's processors: for a program that starts its
 * threads itself. The workers of a runtime have theirs from the runtime:
 * `runtime.affinities`.
 *
 * Cores come first, their further processors after all cores are used; the affinities
 * are in the order of the processors' ids. Registries that are made alike, on threads
 * that may use the same processors, have the same affinities.
 *
 * After `ThreadRegistry` of Rust's `thread_aware`.
 *
 * @example Usage
 * ```ts
 * import { AffinityRegistry, Topology } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 *
 * const machine = Topology.fake({ nodes: [2, 2] });
 * const registry = new AffinityRegistry({ atMost: 3 }, { topology: machine });
 * assertEquals(registry.size, 3);
 * assertEquals(registry.affinities.map(({ node }) => node), [0, 0, 1]);
 * ```
 */
export class AffinityRegistry {
  /** One affinity for each processor, in order. */
  readonly affinities: readonly PinnedAffinity[];

  /**
   * Chooses processors.
   *
   * @param count How many; default: `"auto"`.
   * @throws {TypeError} If the count is of another form.
   * @throws {RangeError} If it is no positive integer, or `exactly` more than there are.
   */
  constructor(
    count: ProcessorCount = "auto",
    { topology = topologyOfMachine() }: AffinityRegistryOptions = {},
  ) {
    const { allowed } = topology;
    const ids = inOrderOfUse(allowed).slice(0, chosen(count, topology))
      .sort((a, b) => a - b);
    this.affinities = Object.freeze(denseAffinities(
      ids.map((id) => ({
        processor: id,
        node: topology.processor(id)?.node?.id,
      })),
    ));
  }

  /** How many affinities there are. */
  get size(): number {
    return this.affinities.length;
  }

  /**
   * The affinity of this thread, if it lives at one of these; undefined before it
   * was pinned.
   */
  get current(): PinnedAffinity | undefined {
    const here = currentAffinity();
    return this.affinities.find((each) => sameAffinity(each, here));
  }

  /**
   * Pins this thread to the processor of an affinity: it lives there from now on, and
   * {@linkcode currentAffinity} says so.
   *
   * @example Usage
   * ```ts
   * import { AffinityRegistry } from "@kindred/kindred/aware";
   * import { topology } from "@kindred/kindred/topology";
   * import { assertEquals } from "@std/assert";
   *
   * const registry = new AffinityRegistry();
   * const [first] = registry.affinities;
   * if (topology().notes.length === 0) {
   *   using _pin = registry.pinTo(first!);
   *   assertEquals(registry.current, first);
   * }
   * assertEquals(registry.current, undefined);
   * ```
   *
   * @param affinity One of {@linkcode AffinityRegistry.affinities}.
   * @returns What restores, when it is disposed, where the thread was before.
   * @throws {TypeError} If it is no affinity.
   * @throws {RangeError} If it is none of this registry, or the machine has no such processor.
   * @throws {PinningUnavailableError} When threads cannot be pinned here.
   */
  pinTo(affinity: PinnedAffinity): Disposable {
    checkAffinity("pin thread", "affinity", affinity);
    const known = this.affinities.find((each) => sameAffinity(each, affinity));
    if (known === undefined) {
      throw new RangeError(
        `Cannot pin thread as the affinity is none of this registry's ${this.size}: received ${
          typeof affinity === "string"
            ? `"${affinity}"`
            : `processor ${affinity.processor} of ${affinity.processors}`
        }`,
      );
    }
    const pin = pinThread(known.processorId!);
    const former = threadAffinity();
    settleAt(known);
    let isPinned = true;
    return {
      [Symbol.dispose](): void {
        if (!isPinned) return;
        isPinned = false;
        pin[Symbol.dispose]();
        settleAt(former);
      },
    };
  }
}

/** How many processors a caller wants of those that there are. */
function chosen(count: ProcessorCount, topology: Topology): number {
  const { allowed } = topology;
  if (count === "all") return allowed.size;
  if (count === "auto") return coresWithinQuota(topology);
  const [form, ...more] = typeof count === "object" && count !== null
    ? Object.keys(count)
    : [];
  if ((form !== "exactly" && form !== "atMost") || more.length > 0) {
    throw new TypeError(
      `Cannot make affinity registry as 'count' must be "auto", "all", { exactly } or { atMost }: received ${
        form === undefined ? String(count) : `{ ${[form, ...more].join(", ")} }`
      }`,
    );
  }
  const wanted = (count as Record<string, unknown>)[form];
  if (!Number.isInteger(wanted) || (wanted as number) < 1) {
    throw new RangeError(
      `Cannot make affinity registry as '${form}' must be a positive integer: received ${
        String(wanted)
      }`,
    );
  }
  if (form === "atMost") return Math.min(wanted as number, allowed.size);
  if (wanted as number > allowed.size) {
    throw new RangeError(
      `Cannot make affinity registry as there are not enough processors: expected ${wanted} and found ${allowed.size}`,
    );
  }
  return wanted as number;
}
