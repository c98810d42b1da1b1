/**
 * Telling all that is in a value where it lives.
 *
 * @module
 */

import { isBytes } from "../codec/bytes.ts";
import { MAX_DEPTH } from "../codec/encode.ts";
import { fieldsOf, instanceClassOf } from "../codec/instance_classes.ts";
import { transferableOf } from "../codec/move.ts";
import { kindOf } from "../codec/portable_kind.ts";
import {
  Relocation,
  relocationUnderWay,
  tell,
  tellNow,
  wantsToKnow,
} from "../codec/relocation.ts";
import { sharedClassOf } from "../codec/shared_objects.ts";
import { Unaware } from "../codec/unaware.ts";
import { checkAffinity, type MemoryAffinity } from "./affinity.ts";

interface Walk {
  readonly relocation: Relocation;
  /** From the value to where the walk is. */
  readonly path: string[];
}

/**
 * Tells a value, and all that is in it, that it lives elsewhere now: each object that is
 * {@linkcode ThreadAware}, once, after what is in it. What crosses to another thread by
 * a call is told by the call; this is for programs that move values themselves.
 *
 * It goes through arrays, plain objects, keys and values of maps, sets, errors, closures
 * and instances of classes that are registered with {@linkcode aware}; values may contain
 * themselves. Numbers, texts, functions, dates, buffers, views on them, and objects in
 * shared memory are no work, however large they are. {@linkcode Unaware} stops it.
 *
 * A `relocated` that tells its own parts by this function, with the places that it got,
 * is part of the same way: nothing is told twice.
 *
 * @example Usage
 * ```ts
 * import { manualAffinities, relocate } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * class Tracker {
 *   at = -1;
 *   relocated(_source: unknown, destination: { processor: number }) {
 *     this.at = destination.processor;
 *   }
 * }
 * const [first, second] = manualAffinities([1, 1]);
 * const trackers = relocate([new Tracker(), new Tracker()], first!, second!);
 * assertEquals(trackers.map(({ at }) => at), [1, 1]);
 * ```
 *
 * @typeParam T The type of the value.
 * @param source Where it was; `"unknown"` if nobody can tell.
 * @param destination Where it is.
 * @returns What takes the place of the value, mostly itself. In collections it is put
 * there.
 * @throws {TypeError} If something in it can neither be told nor is portable; if it is
 * frozen and something else takes a place in it; if it is nested more than 256 levels
 * deep. What was told by then stays told.
 * @throws {RangeError} If an affinity is none.
 */
export function relocate<T>(
  value: T,
  source: MemoryAffinity,
  destination: MemoryAffinity,
): T {
  if (source !== lastSource) {
    checkAffinity("relocate", "source", source);
    lastSource = source;
  }
  if (destination !== lastDestination) {
    checkAffinity("relocate", "destination", destination);
    lastDestination = destination;
  }
  if (!isObject(value) || isBytes(value)) return value;
  const relocation = relocationUnderWay(source, destination) ??
    new Relocation(source, destination);
  return walk({ relocation, path: [] }, value) as T;
}

/** Those that were checked last: mostly many values go the same way. */
let lastSource: MemoryAffinity = "unknown";
let lastDestination: MemoryAffinity = "unknown";

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) ||
    typeof value === "function";
}

/** Tells an object and all that is in it. Returns what takes its place. */
function walk(way: Walk, object: object): unknown {
  const { relocation } = way;
  if (isBytes(object)) return object;
  if (typeof object === "function") {
    return wantsToKnow(object) ? tell(relocation, object) : object;
  }
  const known = relocation.placeOf(object);
  if (known !== undefined) return known;
  if (way.path.length >= MAX_DEPTH) {
    throw new TypeError(
      `Cannot relocate value as '${
        pathOf(way)
      }' is nested more than ${MAX_DEPTH} levels deep`,
    );
  }
  relocation.meet(object);
  switch (Object.getPrototypeOf(object)) {
    case Array.prototype:
      walkList(way, object as unknown[]);
      break;
    case Object.prototype:
    case null:
      walkFields(way, object, Object.keys(object));
      break;
    case Map.prototype:
      return walkMap(way, object as Map<unknown, unknown>);
    case Set.prototype:
      return walkSet(way, object as Set<unknown>);
    case Date.prototype:
      return object;
    default:
      return walkInstance(way, object);
  }
  return wantsToKnow(object) ? tellNow(relocation, object) : object;
}

function walkInstance(way: Walk, object: object): unknown {
  if (object instanceof Unaware) return object;
  const type = instanceClassOf(object);
  if (type !== undefined && type.take === undefined) {
    const fields = fieldsOf(type, object).filter((key) => !type.skip.has(key));
    walkFields(way, object, fields);
  }
  if (wantsToKnow(object)) return tellNow(way.relocation, object);
  if (object instanceof Error) {
    walkFields(way, object, Reflect.ownKeys(object).filter(isText));
    return object;
  }
  if (type !== undefined || isInert(object)) return object;
  const name = object.constructor?.name || "an unnamed class";
  throw new TypeError(
    `Cannot relocate value as ${
      way.path.length === 0 ? "it" : `'${pathOf(way)}'`
    } is an instance of ${name}: register the class with aware(), give it a method 'relocated', or hold it in Unaware`,
  );
}

/** Whether nothing in an object has a place. */
function isInert(object: object): boolean {
  return object instanceof SharedArrayBuffer || ArrayBuffer.isView(object) ||
    sharedClassOf(object) !== undefined || kindOf(object) !== undefined ||
    transferableOf(object) !== undefined;
}

function isText(key: string | symbol): key is string {
  return typeof key === "string" && key !== "stack" && key !== "message";
}

/** What takes the place of something that stands at some step. */
function stepTo(way: Walk, step: string, value: object): unknown {
  way.path.push(step);
  const next = walk(way, value);
  way.path.pop();
  return next;
}

function walkList(way: Walk, list: unknown[]): void {
  for (let k = 0; k < list.length; k++) {
    const value = list[k];
    if (!isObject(value)) continue;
    const next = stepTo(way, `[${k}]`, value);
    if (next !== value) put(way, list, String(k), next);
  }
}

function walkFields(way: Walk, object: object, keys: readonly string[]): void {
  for (const key of keys) {
    const value = (object as Record<string, unknown>)[key];
    if (!isObject(value)) continue;
    const next = stepTo(way, `.${key}`, value);
    if (next !== value) put(way, object, key, next);
  }
}

function walkMap(
  way: Walk,
  map: Map<unknown, unknown>,
): Map<unknown, unknown> {
  const pairs: [unknown, unknown][] = [];
  let isChanged = false;
  for (const [key, value] of map) {
    const nextKey = isObject(key) ? stepTo(way, ".key()", key) : key;
    const next = isObject(value) ? stepTo(way, ".get()", value) : value;
    isChanged ||= nextKey !== key;
    if (!isChanged && next !== value) map.set(key, next);
    pairs.push([nextKey, next]);
  }
  if (!isChanged) return map;
  // In the same order.
  map.clear();
  for (const [key, value] of pairs) map.set(key, value);
  return map;
}

function walkSet(way: Walk, set: Set<unknown>): Set<unknown> {
  const values: unknown[] = [];
  let isChanged = false;
  for (const value of set) {
    const next = isObject(value) ? stepTo(way, ".value()", value) : value;
    isChanged ||= next !== value;
    values.push(next);
  }
  if (!isChanged) return set;
  set.clear();
  for (const value of values) set.add(value);
  return set;
}

function put(way: Walk, object: object, key: string, value: unknown): void {
  if (Reflect.set(object, key, value)) return;
  throw new TypeError(
    `Cannot relocate value as what takes the place of '${
      pathOf({ ...way, path: [...way.path, `.${key}`] })
    }' cannot be put there: it is read-only`,
  );
}

function pathOf({ path }: Walk): string {
  return path.join("").replace(/^\./, "");
}
