/**
 * Where the pages of memory are to come from.
 *
 * @module
 */

import {
  describeErrno,
  EINVAL,
  type MemoryView,
  platform,
} from "../ffi/mod.ts";
import { topology } from "./detect.ts";
import { whyNoMemoryCalls, whyNoMemoryOn } from "./memory_missing.ts";
import { type MemoryRange, viewOf, wholePagesOf } from "./memory_range.ts";

/** Options of {@linkcode bindMemory}. */
export interface BindMemoryOptions extends MemoryRange {
  /** Whether pages may come from no other node, also when this one is full; default: false. */
  readonly strict?: boolean;
}

/**
 * Has the pages of a part of a shared buffer come from a NUMA node, and moves
 * those there that are in memory already. Pages that lie in the part only partly
 * are left alone.
 *
 * The buffer must be a mapping of its own: one with a `maxByteLength`, which
 * the engine takes from the system page by page. Other buffers are pieces of
 * the heap, and a policy would stay there for whatever has the piece next.
 *
 * @param buffer The buffer.
 * @param node The id of a node of this machine.
 * @param options Which part, and how.
 * @returns Why the system does not do it; `undefined` if it does.
 * @throws {TypeError} When the buffer is no mapping of its own.
 * @throws {RangeError} When the part does not lie in the buffer.
 */
export function bindMemory(
  buffer: SharedArrayBuffer,
  node: number,
  options: BindMemoryOptions = {},
): string | undefined {
  const action = "Cannot bind memory";
  if (!buffer.growable) {
    throw new TypeError(
      `${action} as the buffer must have a 'maxByteLength': received one of ${buffer.byteLength} bytes without`,
    );
  }
  const view = viewOf(action, buffer, options);
  const system = platform();
  const { memory } = system;
  if (memory === undefined) return whyNoMemoryCalls(system);
  const whole = wholePagesOf(memory, view);
  return whole === undefined
    ? undefined
    : bindPages(whole, node, options.strict);
}

/**
 * Has the pages of a view come from a node. The view starts at a page, and what
 * lies behind it on its last page belongs to nobody else.
 *
 * @returns Why the system does not do it; `undefined` if it does.
 */
export function bindPages(
  view: MemoryView,
  node: number,
  strict: boolean = false,
): string | undefined {
  const system = platform();
  const { memory } = system;
  if (memory === undefined) return whyNoMemoryCalls(system);
  const errno = memory.bind(view, node, { strict });
  if (errno === 0) return undefined;
  // A node without memory is no value that the kernel takes.
  const refused = errno === EINVAL ? topology().node(node) : undefined;
  return (refused && whyNoMemoryOn(refused)) ??
    `mbind fails with ${describeErrno(errno)}`;
}
