/**
 * Why a value cannot be sent, in words and with its path.
 *
 * The encoder only notices that it cannot go on; this walks the value once more,
 * with the path, since nobody is in a hurry any more.
 *
 * @module
 */

import { isBytes, isDetached } from "./bytes.ts";
import { foreignCodecOf, sharedClassOf } from "./shared_objects.ts";

interface Walk {
  readonly takesShared: boolean;
  readonly maxDepth: number;
  readonly ancestors: Set<object>;
}

/** The reason why a value is not portable, for an error message. */
export function explain(
  value: unknown,
  takesShared: boolean,
  maxDepth: number,
): string {
  const walk = { takesShared, maxDepth, ancestors: new Set<object>() };
  return find(walk, value, "") ??
    `it changed while it was read`;
}

function find(walk: Walk, value: unknown, path: string): string | undefined {
  const what = describe(walk, value);
  if (what !== undefined) return say(path, what);
  if (typeof value !== "object" || value === null) return undefined;
  if (walk.ancestors.has(value)) return say(path, "contains itself");
  if (walk.ancestors.size >= walk.maxDepth) {
    return say(path, `is nested more than ${walk.maxDepth} levels deep`);
  }
  if (isBytes(value) || value instanceof Error || value instanceof Date) {
    return undefined;
  }
  walk.ancestors.add(value);
  try {
    return findInside(walk, value, path);
  } finally {
    walk.ancestors.delete(value);
  }
}

function findInside(
  walk: Walk,
  value: object,
  path: string,
): string | undefined {
  for (const [step, inner] of entriesOf(value)) {
    const reason = find(walk, inner, join(path, step));
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
  if (typeof value === "function") return "is a function";
  if (typeof value === "symbol") return "is a symbol";
  if (typeof value !== "object" || value === null) return undefined;
  if (isBytes(value)) {
    return isDetached(value) ? "is detached: it was transferred" : undefined;
  }
  if (value instanceof Error) return undefined;
  const prototype = Object.getPrototypeOf(value);
  if (PLAIN.has(prototype)) return undefined;
  const inMemory = value instanceof SharedArrayBuffer ||
    sharedClassOf(value) !== undefined;
  if (inMemory && walk.takesShared) return foreignCodecOf(value);
  if (ArrayBuffer.isView(value)) {
    return "is a view on shared memory: send a copy of it";
  }
  const name = prototype.constructor?.name || "an unnamed class";
  if (inMemory) {
    return `is a ${name}: shared memory cannot be sent in a message, only as part of a family's shared state`;
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

function join(path: string, step: string): string {
  return path === "" && step.startsWith(".") ? step.slice(1) : path + step;
}

function say(path: string, what: string): string {
  return path === "" ? `it ${what}` : `'${path}' ${what}`;
}
