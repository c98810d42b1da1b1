/**
 * Telling objects that they live on another thread now, each of them once.
 *
 * Where that is, is a matter of the layer above: the codec carries it from the thread
 * that sends to the one that reads.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import { isThenable } from "./thenable.ts";

/** One way, on which each object is told once. */
export class Relocation {
  /** Where the objects were. */
  readonly source: unknown;
  /** Where they are now. */
  readonly destination: unknown;
  // Mostly there is one object only.
  #first: object | undefined = undefined;
  #placeOfFirst: unknown = undefined;
  #others: Map<object, unknown> | undefined = undefined;

  /** Begins. */
  constructor(source: unknown, destination: unknown) {
    this.source = source;
    this.destination = destination;
  }

  /** What took the place of an object, mostly itself; undefined if it was not met. */
  placeOf(object: object): unknown {
    return object === this.#first
      ? this.#placeOfFirst
      : this.#others?.get(object);
  }

  /** Notes what takes the place of an object; itself, as long as it is not told. */
  meet(object: object, place: unknown = object): void {
    this.#first ??= object;
    if (object === this.#first) this.#placeOfFirst = place;
    else (this.#others ??= new Map()).set(object, place);
  }
}

/** An object that wants to be told. */
interface Relocated {
  relocated(source: unknown, destination: unknown): unknown;
}

interface Whereabouts {
  /** Where this thread is: portable, and the same object as long as it stays there. */
  here: () => unknown;
  /** Whether something that has arrived says where a thread is. */
  isPlace: (value: unknown) => boolean;
}

const WHEREABOUTS = perRealm<Whereabouts>("whereabouts", () => ({
  here: () => undefined,
  isPlace: () => true, // nobody is told
}));

/** The relocation whose objects are told at this moment. */
let current: Relocation | undefined;

/** Where this thread is; undefined if nobody has said how to know. */
export function here(): unknown {
  return WHEREABOUTS.here();
}

/** Whether something that has arrived says where a thread is. */
export function isPlace(value: unknown): boolean {
  return WHEREABOUTS.isPlace(value);
}

/** Says how to know where this thread is. */
export function knowWhereabouts({ here, isPlace }: Whereabouts): void {
  WHEREABOUTS.here = here;
  WHEREABOUTS.isPlace = isPlace;
}

/** The relocation that is under way between two places, if an object of it asks. */
export function relocationUnderWay(
  source: unknown,
  destination: unknown,
): Relocation | undefined {
  return current !== undefined && current.source === source &&
      current.destination === destination
    ? current
    : undefined;
}

/** Whether an object wants to be told. */
export function wantsToKnow(object: object): object is Relocated {
  return typeof (object as Partial<Relocated>).relocated === "function";
}

/**
 * Tells an object, unless that was done on this way.
 *
 * @returns What takes its place.
 * @throws {TypeError} If it gives a promise.
 * @throws What its method throws.
 */
export function tell(relocation: Relocation, object: Relocated): unknown {
  const known = relocation.placeOf(object);
  if (known !== undefined) return known;
  relocation.meet(object); // it may meet itself
  return tellNow(relocation, object);
}

/**
 * Tells an object that was met.
 *
 * @returns What takes its place.
 * @throws {TypeError} If it gives a promise.
 * @throws What its method throws.
 */
export function tellNow(relocation: Relocation, object: Relocated): unknown {
  const { source, destination } = relocation;
  const former = current;
  current = relocation;
  let result: unknown;
  try {
    result = object.relocated(source, destination);
  } finally {
    current = former;
  }
  if (result === undefined || result === object) return object;
  if (isThenable(result)) {
    throw new TypeError(
      `Cannot relocate ${
        object.constructor?.name || "object"
      } as its 'relocated' gives a promise: let it return what takes its place, or nothing`,
    );
  }
  relocation.meet(object, result);
  if (Object(result) === result) relocation.meet(result as object);
  return result;
}
