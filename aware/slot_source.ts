/**
 * Where the values of slots come from.
 *
 * @module
 */

import { isRefusal } from "../codec/encode.ts";
import { type AnyFunction, functionCodec } from "../codec/function_values.ts";
import { CorruptFrameError, type Reader } from "../codec/reader.ts";
import { inWords } from "../codec/in_words.ts";
import type { Writer } from "../codec/writer.ts";
import { type MemoryAffinity, sameAffinity } from "./affinity.ts";
import { type Closure, isClosure } from "./closure.ts";
import { asIfAt } from "./current_affinity.ts";
import { relocate } from "./relocate.ts";
import { untoldCopy } from "./untold_copy.ts";

/** A value of which each slot gets a copy. */
export interface CopiedValue<T> {
  /** The original: no slot has it but the first one. Not to be changed. */
  readonly value: T;
  /**
   * Makes a copy, always of the original; it is told where it lives then. Default:
   * as a call to another thread copies it.
   */
  readonly clone?: (value: T) => T;
}

/** Values that are there already. */
export interface GivenSlots<T> {
  /** The values by their indices; undefined where there is none yet. */
  readonly slots: readonly (T | undefined)[];
  /** Whose value is meant at first. */
  readonly at: MemoryAffinity;
}

/**
 * Where values come from: a function that makes each of them; a closure, whose data
 * each time is a copy that was told where it is; one value that is copied; or values
 * that are there already, and the same one for all others.
 *
 * @typeParam T The type of the values.
 */
export type SlotSource<T> = (() => T) | CopiedValue<T> | GivenSlots<T>;

/** Makes values. */
export interface Maker<T> {
  /** The values that are there already; if any, no others are made. */
  readonly given?: readonly (T | undefined)[];
  /** The value of whoever made the source. */
  first(): T;
  /** A value for elsewhere. */
  make(source: MemoryAffinity, destination: MemoryAffinity): T;
  /** What is sent instead: portable. */
  encode(out: Writer): unknown;
}

/** Which of them it is, in a frame: the same numbers on all threads. */
const FACTORY = 0;
const CLOSURE = 1;
const COPIES = 2;
const GIVEN = 3;

/**
 * What makes values as a source says.
 *
 * @param name What it is for, for errors.
 * @throws {TypeError} If it is none.
 */
export function makerOf<T>(name: string, source: SlotSource<T>): Maker<T> {
  if (typeof source === "function") {
    return isClosure(source)
      ? fromClosure(source as Closure<[], T>)
      : fromFactory(source);
  }
  if (typeof source === "object" && source !== null) {
    if ("slots" in source) {
      if (Array.isArray(source.slots)) return fromSlots([...source.slots]);
    } else if ("value" in source) {
      const { value, clone } = source;
      if (clone === undefined || typeof clone === "function") {
        return fromValue(value, clone);
      }
    }
  }
  throw new TypeError(
    `Cannot make ${name} as 'source' must be a function, { value }, { value, clone } or { slots, at }: received ${
      typeof source === "object" && source !== null
        ? `{ ${Object.keys(source).join(", ")} }`
        : String(source)
    }`,
  );
}

/** What makes values on the thread that sent it. */
export function decodeMaker(data: unknown, from: Reader): Maker<unknown> {
  const [form, first, second] = Array.isArray(data) ? data as unknown[] : [];
  if (form === FACTORY) {
    return fromFactory(functionCodec().decode(first, from));
  }
  if (form === CLOSURE && typeof first === "function" && isClosure(first)) {
    const closure = first as Closure<[], unknown>;
    return fromClosure(closure, () => arrived(() => closure.clone()));
  }
  if (form === COPIES) {
    const clone = second === undefined
      ? undefined
      : functionCodec().decode(second, from);
    const copy = clone ?? ((value) => arrived(() => plainCopy(value)));
    return fromValue(first, clone, copy);
  }
  if (form === GIVEN && Array.isArray(first)) return fromSlots(first);
  throw new CorruptFrameError(
    `Cannot decode value as what makes it is unknown: received ${
      inWords(form)
    }`,
  );
}

/** Copies what has arrived, and so was portable where it comes from. */
function arrived<R>(copy: () => R): R {
  try {
    return copy();
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new CorruptFrameError(
      "Cannot decode value as what it is to be a copy of is not portable",
      { cause },
    );
  }
}

function plainCopy<T>(value: T): T {
  return untoldCopy(value, "value");
}

function fromFactory<T>(factory: () => T): Maker<T> {
  return {
    first: () => factory(),
    make: (_, destination) => asIfAt(destination, () => factory()),
    encode: (out) => [
      FACTORY,
      functionCodec().encode(factory as AnyFunction, out),
    ],
  };
}

function fromClosure<T>(
  closure: Closure<[], T>,
  clone: () => Closure<[], T> = () => closure.clone(),
): Maker<T> {
  return {
    first: () => clone()(),
    make: (source, destination) => {
      const copy = clone();
      if (!sameAffinity(source, destination)) {
        copy.relocated(source, destination);
      }
      return asIfAt(destination, () => copy());
    },
    encode: () => [CLOSURE, closure],
  };
}

function fromValue<T>(
  value: T,
  clone: ((value: T) => T) | undefined,
  copy: (value: T) => T = clone ?? plainCopy,
): Maker<T> {
  return {
    first: () => copy(value),
    make: (source, destination) => {
      const made = asIfAt(destination, () => copy(value));
      return sameAffinity(source, destination)
        ? made
        : relocate(made, source, destination);
    },
    encode: (out) => [
      COPIES,
      value,
      clone && functionCodec().encode(clone as AnyFunction, out),
    ],
  };
}

function fromSlots<T>(given: readonly (T | undefined)[]): Maker<T> {
  const none = (): never => {
    throw new RangeError("Cannot make value as its slots are given");
  };
  return { given, first: none, make: none, encode: () => [GIVEN, given] };
}
