/**
 * Why a value cannot be sent, in words and with its path.
 *
 * The encoder only notices that it cannot go on; this walks the value once more,
 * with the path, since nobody is in a hurry any more.
 *
 * @module
 */

import { isBytes, isDetached } from "./bytes.ts";
import { fieldsOf, instanceClassOf } from "./instance_classes.ts";
import { isMarked, isMovable } from "./move.ts";
import { kindOf } from "./portable_kind.ts";
import { foreignCodecOf, sharedClassOf } from "./shared_objects.ts";
import { Unaware } from "./unaware.ts";
import { isSharedWebAssembly, whyNotShared } from "./web_assembly.ts";
import { Writer } from "./writer.ts";

interface Walk {
  /** Where it was to be written. */
  readonly out: Writer;
  readonly maxDepth: number;
  /** What was looked at, which may contain itself. */
  readonly seen: Set<object>;
  /** What may not, as it is made of what is in it. */
  readonly opened: Set<object>;
}

/** The reason why a value is not portable, for an error message. */
export function explain(value: unknown, out: Writer, maxDepth: number): string {
  const walk: Walk = { out, maxDepth, seen: new Set(), opened: new Set() };
  return find(walk, value, "", 0) ?? "it changed while it was read";
}

function find(
  walk: Walk,
  value: unknown,
  path: string,
  depth: number,
): string | undefined {
  if (
    (typeof value === "object" && value !== null) ||
    typeof value === "function"
  ) {
    if (walk.opened.has(value)) {
      return say(path, "contains itself, and is made of what is in it");
    }
    if (walk.seen.has(value)) return undefined;
    walk.seen.add(value);
    if (depth >= walk.maxDepth) {
      return say(path, `is nested more than ${walk.maxDepth} levels deep`);
    }
  }
  const what = describe(walk, value);
  if (what !== undefined) return say(path, what);
  if (!isContainer(value)) return undefined;
  if (isPlain(value)) return findInside(walk, value, path, depth + 1);
  const type = instanceClassOf(value);
  if (type !== undefined && type.take === undefined) {
    for (const key of fieldsOf(type, value)) {
      const inner = (value as Record<string, unknown>)[key];
      const reason = find(walk, inner, join(path, stepTo(key)), depth + 1);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  walk.opened.add(value);
  const part = value instanceof Unaware
    ? value.value
    : type !== undefined
    ? type.take!(value)
    : sentOf(walk, value);
  const step = value instanceof Unaware ? ".value" : "";
  const reason = find(walk, part, join(path, step), depth + 1);
  walk.opened.delete(value);
  return reason;
}

/** What a kind sends instead of a value. */
function sentOf(walk: Walk, value: object): unknown {
  // What it notes for the case that the frame is not sent is not undone here.
  const out = new Writer(64);
  out.context = walk.out.context;
  const data = kindOf(value)?.encode(value, out);
  out.drop();
  return data;
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
      yield [stepTo(key), (value as Record<string, unknown>)[key]];
    }
  }
}

/** How a path goes to a property. */
function stepTo(key: string): string {
  const isPlain = /^[A-Za-z_$][\w$]*$/.test(key);
  return isPlain ? `.${key}` : `[${JSON.stringify(key)}]`;
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
  if (instanceClassOf(value) !== undefined || value instanceof Unaware) {
    return undefined;
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
  if (isSharedWebAssembly(value) && moved !== undefined) return undefined;
  const ofWebAssembly = whyNotShared(value);
  if (ofWebAssembly !== undefined) return ofWebAssembly;
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
  const parent = registeredParent(value);
  return `is an instance of ${name}` +
    (parent === undefined
      ? ""
      : `, which is not registered with aware(): only ${parent} is, which it extends`);
}

/** The name of a registered class that the class of an object extends. */
function registeredParent(value: object): string | undefined {
  for (
    let next = Object.getPrototypeOf(value);
    next !== null;
    next = Object.getPrototypeOf(next)
  ) {
    const known = instanceClassOf(Object.create(next));
    if (known !== undefined) return known.at.name;
  }
  return undefined;
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
