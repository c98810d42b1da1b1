/**
 * The kernel's calls for placing memory on NUMA nodes.
 *
 * They go through the C library's `syscall()`, since the C library has no
 * functions for them and libnuma, which has, prints when the kernel refuses.
 * Memory is given as views: its address is never made into a pointer object,
 * which would need the whole `--allow-ffi`.
 *
 * @module
 */

import { maskOf } from "./cpu_mask.ts";
import { EBUSY, EFAULT, ENOENT, ENOSYS } from "./errno.ts";
import { errnoOf, type Libc } from "./libc.ts";
import { denoNamespace } from "./open.ts";

/** A view on the memory that a call is about. */
export type MemoryView = Uint8Array<ArrayBufferLike>;

/** Numbers of the system calls. */
interface CallNumbers {
  readonly bind: number;
  readonly getPolicy: number;
  readonly movePages: number;
}

const NUMBERS: Readonly<Record<string, CallNumbers>> = {
  "x86_64": { bind: 237, getPolicy: 239, movePages: 279 },
  aarch64: { bind: 235, getPolicy: 236, movePages: 239 },
};

/** `MPOL_PREFERRED`: from this node while it has memory. */
const PREFERRED = 1;
/** `MPOL_BIND`: from this node or not at all. */
const BIND = 2;
/** `MPOL_MF_MOVE`: what is somewhere else already is moved. */
const MOVE = 2;
/** `MADV_HUGEPAGE`. */
const HUGE_PAGES = 14;

/** How often pages are tried that the kernel was just busy with, or had marked. */
const ATTEMPTS = 5;

/** Options of {@linkcode MemoryCalls.bind}. */
export interface BindOptions {
  /** Whether pages may come from no other node, also when this one is full. */
  readonly strict: boolean;
}

/** What became of pages. */
export interface PageStates {
  /** The error number of the call; 0 for success. */
  readonly errno: number;
  /** Of each page: its node, or a negative error number, as `-ENOENT` for one that is not in memory. */
  readonly states: Int32Array;
}

/** The memory calls of a Linux kernel. */
export class MemoryCalls {
  /** Why the kernel places no memory, as an error number; 0 where it does. */
  readonly refusal: number;
  /** The size of a page in bytes. */
  readonly pageSize: number;
  readonly #libc: Libc;
  readonly #numbers: CallNumbers;

  /** The calls of this machine; {@linkcode memoryCalls} makes them where there are any. */
  constructor(libc: Libc, numbers: CallNumbers, pageSize: number) {
    this.#libc = libc;
    this.#numbers = numbers;
    this.pageSize = pageSize;
    this.refusal = this.#probe();
  }

  /** The address of a view. */
  addressOf(view: MemoryView): bigint {
    // Copies nothing, and returns where to.
    return this.#libc.memcpy(bufferOf(view), this.#libc.errnoLocation(), 0n);
  }

  /**
   * Has the pages of a view, which start at a page and are whole, come from a
   * node, and moves those that are somewhere else.
   *
   * @returns 0, or an error number.
   */
  bind(view: MemoryView, node: number, options: BindOptions): number {
    const mask = maskOf([node]);
    const result = this.#libc.bindMemory?.(
      BigInt(this.#numbers.bind),
      bufferOf(view),
      BigInt(view.byteLength),
      options.strict ? BIND : PREFERRED,
      mask,
      // The kernel reads one bit less than it is told.
      BigInt(mask.length * 8 + 1),
      MOVE,
    );
    return this.#errnoOf(result);
  }

  /** On which nodes pages of one range are, by their addresses. */
  nodesOf(pages: readonly bigint[]): PageStates {
    return this.#settle(pages, undefined);
  }

  /** Moves pages of one range to a node, by their addresses, and tells where they are then. */
  movePages(pages: readonly bigint[], node: number): PageStates {
    return this.#settle(pages, node);
  }

  /**
   * Asks for huge pages where whole ones fit into a view, which starts at a page.
   *
   * @returns 0, or an error number.
   */
  adviseHugePages(view: MemoryView): number {
    const { adviseMemory } = this.#libc;
    if (adviseMemory === null) return ENOSYS;
    return this.#errnoOf(
      adviseMemory(bufferOf(view), BigInt(view.byteLength), HUGE_PAGES),
    );
  }

  /** Asks about pages until the kernel has said something final about each. */
  #settle(pages: readonly bigint[], node: number | undefined): PageStates {
    const { errno, states } = this.#movePages(pages, node);
    for (let attempt = 1; attempt < ATTEMPTS && errno === 0; attempt++) {
      const open = [
        ...pages.flatMap((_, at) => states[at] === -EBUSY ? [at] : []),
        ...this.#unmark(pages, states),
      ];
      if (open.length === 0) break;
      const again = this.#movePages(open.map((at) => pages[at]!), node);
      open.forEach((at, index) => states[at] = again.states[index]!);
    }
    return { errno, states };
  }

  /**
   * Where the kernel balances NUMA nodes, it marks pages now and then to see who uses
   * them. Kernels 6.1 to 6.4 do not find a marked page, nor move it, nor does any
   * kernel while it moves one itself; but `mincore()` tells it from one that is nowhere.
   * Who reads it takes the mark away. (The page of zeros stays as it is.)
   *
   * @returns The indices of the pages that were not found and are in memory.
   */
  #unmark(pages: readonly bigint[], states: Int32Array): number[] {
    const missing = pages.flatMap((_, at) =>
      states[at] === -ENOENT ? [at] : []
    );
    if (missing.length === 0) return missing;
    const size = BigInt(this.pageSize);
    const first = pages[missing[0]!]!;
    const count = Number((pages[missing.at(-1)!]! - first) / size) + 1;
    const residence = new Uint8Array(count);
    const { memcpy, residenceOf } = this.#libc;
    const length = BigInt(count) * size;
    if (residenceOf === null || residenceOf(first, length, residence) !== 0) {
      return [];
    }
    const found = missing.filter((at) => {
      return (residence[Number((pages[at]! - first) / size)]! & 1) !== 0;
    });
    const byte = new Uint8Array(1);
    for (const at of found) memcpy(byte, pages[at]!, 1n);
    return found;
  }

  #movePages(pages: readonly bigint[], node: number | undefined): PageStates {
    // What the kernel does not answer for is not in memory.
    const states = new Int32Array(pages.length).fill(-ENOENT);
    const result = this.#libc.movePages?.(
      BigInt(this.#numbers.movePages),
      0,
      BigInt(pages.length),
      BigUint64Array.from(pages),
      node === undefined ? null : new Int32Array(pages.length).fill(node),
      states,
      MOVE,
    );
    // A fault is the page of zeros, or none, or a large one that is marked.
    states.forEach((state, at) => {
      if (state === -EFAULT) states[at] = -ENOENT;
    });
    // More than 0 pages may be left where they were: their states say why.
    return { errno: this.#errnoOf(result), states };
  }

  #probe(): number {
    const mode = new Int32Array(1);
    const number = BigInt(this.#numbers.getPolicy);
    return this.#errnoOf(
      this.#libc.getMemoryPolicy?.(number, mode, null, 0n, 0n, 0n),
    );
  }

  #errnoOf(result: bigint | number | undefined): number {
    if (result === undefined) return ENOSYS;
    return result < 0 ? errnoOf(this.#libc) : 0;
  }
}

/** The memory calls of this machine, where Kindred knows them. */
export function memoryCalls(
  libc: Libc,
  pageSize: number | undefined,
): MemoryCalls | undefined {
  const numbers = NUMBERS[denoNamespace()?.build.arch ?? ""];
  return numbers === undefined || pageSize === undefined ||
      libc.bindMemory === null
    ? undefined
    : new MemoryCalls(libc, numbers, pageSize);
}

/** Deno takes views on shared memory, too; its types do not say so. */
function bufferOf(view: MemoryView): Uint8Array<ArrayBuffer> {
  return view as Uint8Array<ArrayBuffer>;
}
