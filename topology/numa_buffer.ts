/**
 * Shared memory on a NUMA node of one's choice.
 *
 * @module
 */

import { formatBytes } from "./format_bytes.ts";
import type { NumaNode } from "./hardware.ts";
import { showAs } from "./inspect.ts";
import { askForHugePages } from "./memory_huge_pages.ts";
import { nodeNamed, nodeOfThread } from "./memory_node.ts";
import { type MemoryPlacement, placeOn } from "./memory_placement.ts";

/** Options of {@linkcode NumaBuffer.allocate}. */
export interface NumaBufferOptions {
  /** The node, or its id; default: the one on which the calling thread runs. */
  readonly node?: NumaNode | number;
  /**
   * Whether pages may come from no other node. By default they do when the
   * node is full; with this the system then ends the program. Default: false.
   */
  readonly strict?: boolean;
  /**
   * Whether to ask the kernel for huge pages, which cost fewer misses of the
   * translation cache where much memory is used; default: false.
   */
  readonly hugePages?: boolean;
}

/** A view's class, as in `Float64Array`. */
export interface ViewClass<View> {
  /** The bytes of an element. */
  readonly BYTES_PER_ELEMENT: number;
  /** Makes a view. */
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): View;
}

/**
 * A SharedArrayBuffer whose pages are on a given NUMA node.
 *
 * What the system refuses is no error: {@linkcode NumaBuffer.placement} says
 * what came of it and {@linkcode NumaBuffer.reason} why, and the memory works
 * all the same. {@linkcode nodesOf} shows where each page is.
 *
 * @example Samples on the node of the worker that reads them
 * ```ts
 * import { nodesOf, NumaBuffer, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const node = topology().nodes.at(-1)!;
 * const memory = NumaBuffer.allocate(8_000_000, { node });
 * const samples = memory.view(Float64Array); // To be posted to the worker.
 * samples.fill(1);
 *
 * if (memory.placement === "bound") {
 *   assert(nodesOf(memory.buffer).every((id) => id === node.id || id === undefined));
 * } else {
 *   assert(memory.reason !== undefined);
 * }
 * ```
 */
export class NumaBuffer {
  static {
    showAs(this.prototype, (memory) => memory.#describe());
  }

  /**
   * The memory, zeroed. It has a `maxByteLength`, as only such buffers have
   * pages of their own. Give views on it a length, or take them from
   * {@linkcode NumaBuffer.view}: one without looks the length up at each access.
   */
  readonly buffer: SharedArrayBuffer;
  /** The id of the node that it is meant for; `undefined` where none is known. */
  readonly node: number | undefined;
  /** What decides where the pages are. */
  readonly placement: MemoryPlacement;
  /** Whether the kernel was asked for huge pages, and may give some. */
  readonly hugePages: boolean;
  /** What is not as it was asked for, and why; `undefined` where all is. */
  readonly reason: string | undefined;

  private constructor(buffer: SharedArrayBuffer, outcome: Outcome) {
    this.buffer = buffer;
    this.node = outcome.node;
    this.placement = outcome.placement;
    this.hugePages = outcome.hugePages;
    this.reason = outcome.reasons.length === 0
      ? undefined
      : outcome.reasons.join("; ");
    Object.freeze(this);
  }

  /**
   * Allocates zeroed shared memory on a node. Where the kernel refuses to bind
   * it, and there are several nodes, all of it is touched at once.
   *
   * @param byteLength How much, in bytes.
   * @param options Where and how.
   * @throws {RangeError} When there is not that much memory, `byteLength` is no positive integer, or the machine has no such node.
   */
  static allocate(
    byteLength: number,
    options: NumaBufferOptions = {},
  ): NumaBuffer {
    const action = "Cannot allocate buffer";
    if (!Number.isSafeInteger(byteLength) || byteLength <= 0) {
      throw new RangeError(
        `${action} as 'byteLength' must be a positive integer: received ${byteLength}`,
      );
    }
    const { strict = false, hugePages = false } = options;
    const node = options.node === undefined
      ? nodeOfThread()
      : nodeNamed(action, options.node);
    // A growable buffer is a mapping of its own, aligned to pages.
    const buffer = new SharedArrayBuffer(byteLength, {
      maxByteLength: byteLength,
    });
    const bytes = new Uint8Array(buffer, 0, byteLength);
    const notHuge = hugePages ? askForHugePages(bytes) : undefined;
    const placed = placeOn(node, bytes, strict);
    return new NumaBuffer(buffer, {
      node: node?.id,
      placement: placed.placement,
      hugePages: hugePages && notHuge === undefined,
      reasons: [
        ...placed.reasons,
        ...(notHuge === undefined ? [] : [`no huge pages: ${notHuge}`]),
      ],
    });
  }

  /** How much memory it is, in bytes. */
  get byteLength(): number {
    return this.buffer.byteLength;
  }

  /**
   * A view on all of the memory, of a fixed length: as many whole elements as
   * there are.
   *
   * @example Usage
   * ```ts
   * import { NumaBuffer } from "@kindred/kindred/topology";
   * import { assertEquals } from "@std/assert";
   *
   * const memory = NumaBuffer.allocate(100);
   * assertEquals(memory.view(Int32Array).length, 25);
   * assertEquals(memory.view(Float64Array).length, 12);
   * ```
   *
   * @param View The class of the view.
   */
  view<View>(View: ViewClass<View>): View {
    const length = Math.floor(this.byteLength / View.BYTES_PER_ELEMENT);
    return new View(this.buffer, 0, length);
  }

  #describe(): string {
    const huge = this.hugePages ? ", huge pages" : "";
    const why = this.reason === undefined ? "" : `, ${this.reason}`;
    const node = this.node ?? "unknown";
    return `NumaBuffer(${
      formatBytes(this.byteLength)
    }, node ${node}, ${this.placement}${huge}${why})`;
  }
}

/** What a buffer came to be. */
interface Outcome {
  readonly node: number | undefined;
  readonly placement: MemoryPlacement;
  readonly hugePages: boolean;
  readonly reasons: readonly string[];
}
