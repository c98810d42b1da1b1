/**
 * Moving instead of copying.
 *
 * @module
 */

/** What is to be moved: views and all else by what is transferred. */
const MARKED = new WeakSet<object>();
/** Whether anything was ever marked: most programs never do. */
let isUsed = false;

/** The classes besides buffers and views, as far as this engine has them. */
const CLASSES: readonly string[] = [
  "MessagePort",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "ImageBitmap",
  "OffscreenCanvas",
];

/**
 * Says that a value is to be moved when it is next sent to another thread: in an
 * argument of a call, anywhere inside of one, or in a result. The memory of a buffer
 * is then not copied, however large it is, and this thread has it no more: the buffer
 * is detached as soon as the call is accepted.
 *
 * What can be moved: an `ArrayBuffer`; a view on one, with the whole buffer under it
 * (the view arrives with its place in it, and other views on it are empty here); a
 * `MessagePort`; streams. All but buffers and views cannot be sent otherwise. In Deno a
 * stream holds the event loop of the thread that gets it until it is read or cancelled.
 *
 * A call that is refused moves nothing, and takes back what was said of its
 * arguments. A value that is never sent to another thread is not moved: an instance
 * of this thread gets it as it is.
 *
 * @example Usage
 * ```ts
 * import { decode, encode, move, Reader, Writer } from "@kindred/kindred/codec";
 * import { assertEquals } from "@std/assert";
 *
 * const pixels = move(new Uint8Array([1, 2, 3]));
 * const out = new Writer();
 * out.moved = [];
 * encode(out, { pixels }, "picture");
 * assertEquals(out.moved, [pixels.buffer]); // beside the bytes of the frame
 * ```
 *
 * @returns The value itself.
 * @throws {TypeError} If the value cannot be moved, or was moved already.
 */
export function move<T extends object>(value: T): T {
  const what = transferableOf(value);
  if (what === undefined) {
    throw new TypeError(
      `Cannot move value as only buffers, views on buffers, ports and streams can be moved: received ${
        nameOf(value)
      }`,
    );
  }
  if (what instanceof ArrayBuffer && what.detached) {
    throw new TypeError(
      `Cannot move value as it was moved already: received a detached ${
        nameOf(value)
      }`,
    );
  }
  isUsed = true;
  MARKED.add(value);
  return value;
}

/** What is transferred when a value is moved; undefined if nothing can be. */
export function transferableOf(value: unknown): Transferable | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value)) {
    const { buffer } = value;
    return buffer instanceof ArrayBuffer ? buffer : undefined;
  }
  if (value instanceof ArrayBuffer) return value;
  return isOther(value) ? value : undefined;
}

/** Whether a value can be moved and is no buffer or view. */
function isOther(value: object): value is Transferable {
  const scope = globalThis as unknown as Record<string, unknown>;
  return CLASSES.some((name) => {
    const type = scope[name];
    return typeof type === "function" && value instanceof type;
  });
}

/** Whether a value that is no buffer and no view could be moved, if it is not. */
export function isMovable(value: object): boolean {
  return isOther(value);
}

/** Whether a value is to be moved. */
export function isMarked(value: object): boolean {
  return isUsed && MARKED.has(value);
}

/** Takes back that a value is to be moved. */
export function unmark(value: object): void {
  MARKED.delete(value);
}

/** Takes it back for all that is in a value. */
export function unmarkAll(value: unknown): void {
  if (!isUsed) return;
  const seen = new Set<unknown>();
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    MARKED.delete(next);
    if (ArrayBuffer.isView(next)) continue;
    if (next instanceof Map) {
      for (const pair of next) rest.push(pair[0], pair[1]);
    } else if (next instanceof Set) {
      for (const entry of next) rest.push(entry);
    } else {
      for (const key of Object.keys(next)) {
        // A getter is not asked: what it gives is not what was marked.
        rest.push(Object.getOwnPropertyDescriptor(next, key)?.value);
      }
    }
  }
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return value === null ? "null" : typeof value;
  }
  return value.constructor?.name || "an object";
}
