/**
 * Why a value cannot be sent, in words and with its path.
 *
 * The encoder only notices that it cannot go on; this walks the value once more,
 * with the path, since nobody is in a hurry any more.
 *
 * @module
 */

import { isBytes, isDetached } from "./bytes.ts";
import { isMarked, isMovable } from "./move.ts";
import { kindOf } from "./portable_kind.ts";
import { foreignCodecOf, sharedClassOf } from "./shared_objects.ts";
import { Writer } from "./writer.ts";

interface Walk {
  /** Where it was to be written. */
  readonly out: Writer;
  readonly maxDepth: number;
  /** What was looked at, which may contain itself. */
  readonly seen: Set<object>;
}

/** The reason why a value is not portable, for an error message. */
export function explain(value: unknown, out: Writer, maxDepth: number): string {
  const walk: Walk = { out, maxDepth, seen: new Set() };
  return find(walk, value, "", 0) ?? "it changed while it was read";
}

function find(
  walk: Walk,
  value: unknown,
  path: string,
  depth: number,
): string | undefined {
  if (typeof value === "object" && value !== null) {
    if (walk.seen.has(value)) return undefined;
    walk.seen.add(value);
    if (depth >= walk.maxDepth) {
      return say(path, `is nested more than ${walk.maxDepth} levels deep`);
    }
  }
  const what = describe(walk, value);
  if (what !== undefined) return say(path, what);
  if (!isContainer(value)) return undefined;
  const kind = isPlain(value) ? undefined : kindOf(value);
  if (kind !== undefined) {
    // What it notes for the case that the frame is not sent is not undone here.
    const out = new Writer(64);
    out.context = walk.out.context;
    const data = kind.encode(value, out);
    out.drop();
    return find(walk, data, path, depth + 1);
  }
  return findInside(walk, value, path, depth + 1);
}

function isContainer(value: unknown): value is object {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && !isBytes(value) &&
    !(value instanceof Error) && !(value instanceof Date);
}

function findInside(
  walk: Walk,
  value: object,
  path: string,
  depth: number,
): string | undefined {
  for (const [step, inner] of entriesOf(value)) {
    const reason = find(walk, inner, join(path, step), depth);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The values in a collection, each with its step of the path. */
function* entriesOf(value: object): Iterable<[string, unknown]> {
  if (Array.isArray(value)) {
    for (let k = 0; k < value.length; k++) yield [`[${k}]`, value[k]];
  } else if (value instanceof Map) {
    let k = 0;
    for (const [key, entry] of value) {
      yield [`.key(${k})`, key];
      yield [`.get(${printKey(key, k)})`, entry];
      k++;
    }
  } else if (value instanceof Set) {
    let k = 0;
    for (const entry of value) yield [`.value(${k++})`, entry];
  } else {
    for (const key of Object.keys(value)) {
      const plain = /^[A-Za-z_$][\w$]*$/.test(key);
      yield [
        plain ? `.${key}` : `[${JSON.stringify(key)}]`,
        (value as Record<string, unknown>)[key],
      ];
    }
  }
}

function printKey(key: unknown, position: number): string {
  return typeof key === "object" || typeof key === "function"
    ? `key ${position}`
    : typeof key === "string"
    ? JSON.stringify(key)
    : String(key);
}

/** What is wrong with a value itself, whatever is in it. */
function describe(walk: Walk, value: unknown): string | undefined {
  if (typeof value === "symbol") return "is a symbol";
  const isObject = typeof value === "object" && value !== null;
  if (!isObject && typeof value !== "function") return undefined;
  const { buffers, moved } = walk.out;
  if (isObject) {
    if (isBytes(value)) {
      return isDetached(value)
        ? "is detached: it was moved"
        : isMarked(value) && moved === undefined
        ? "is to be moved: only calls and their results can do that"
        : undefined;
    }
    if (value instanceof Error) return undefined;
    if (isPlain(value)) return undefined;
  }
  const kind = kindOf(value);
  if (kind !== undefined) return kind.refuse?.(value, walk.out);
  if (typeof value === "function") return "is a function";
  const inMemory = value instanceof SharedArrayBuffer ||
    sharedClassOf(value) !== undefined;
  if (inMemory && buffers !== undefined) return foreignCodecOf(value);
  if (ArrayBuffer.isView(value)) {
    return "is a view on shared memory: send a copy of it";
  }
  const name = Object.getPrototypeOf(value).constructor?.name ||
    "an unnamed class";
  if (inMemory) {
    return `is a ${name}: shared memory cannot be sent in a message, only in a call or as part of a family's shared state`;
  }
  if (isMovable(value)) {
    return moved === undefined
      ? `is a ${name}: only calls and their results can move it`
      : isMarked(value)
      ? undefined
      : `is a ${name}: send it with move(), after which this thread has it no more`;
  }
  if (typeof (value as PromiseLike<unknown>).then === "function") {
    return "is a promise: await it first";
  }
  return `is an instance of ${name}`;
}

/** The prototypes of what is sent by its content. */
const PLAIN: ReadonlySet<object | null> = new Set([
  null,
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  Date.prototype,
]);

/** Whether no kind is asked for a value: it is sent by its content. */
function isPlain(value: object): boolean {
  return PLAIN.has(Object.getPrototypeOf(value));
}

function join(path: string, step: string): string {
  return path === "" && step.startsWith(".") ? step.slice(1) : path + step;
}

function say(path: string, what: string): string {
  return path === "" ? `it ${what}` : `'${path}' ${what}`;
}
