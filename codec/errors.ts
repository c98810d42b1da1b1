/**
 * Errors to bytes and back, with class, cause and the stack of where they were
 * thrown.
 *
 * An error says what went wrong, so it is always sent: what cannot be sent of it
 * is put in words or left out, and so is what would make it endless.
 *
 * @module
 */

import { decodeValue } from "./decode_value.ts";
import { encodeValue } from "./encode.ts";
import { nameOfClass, prototypeOfClass } from "./error_classes.ts";
import { inWords } from "./in_words.ts";
import type { Reader } from "./reader.ts";
import { ERROR } from "./tag.ts";
import { decodeTextOf, encodeText } from "./text.ts";
import type { Writer } from "./writer.ts";

const CAUSE = 1;
const ERRORS = 2;
const DOM = 4;
const PROPERTIES = 8;
const SUPPRESSED = 16;
const REGISTERED = 32;

/** Errors that stand deeper in others are put in words. */
const DEEPEST = 8;
/** So are all others once an error took so many words. */
const LARGEST = 1 << 16;

type ErrorClass = new (message?: string) => Error;

const BUILT_IN: ReadonlyMap<string, ErrorClass> = new Map(
  [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  ].map((type) => [type.name, type]),
);

/** The fields that have a place of their own. */
const KNOWN: ReadonlySet<string> = new Set([
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "error",
  "suppressed",
]);

/** Writes an error. */
export function encodeError(out: Writer, error: Error, depth: number): void {
  const ancestors = out.errors;
  if (ancestors.length === 0) out.errorStart = out.length;
  if (
    ancestors.length === DEEPEST || out.length - out.errorStart > LARGEST
  ) {
    out.identities.forget(error);
    return encodeText(out, inWords(error));
  }
  ancestors.push(error);
  try {
    encodeParts(out, error, depth);
  } finally {
    ancestors.pop();
  }
}

function encodeParts(out: Writer, error: Error, depth: number): void {
  const errors = read(error, "errors");
  const suppresses = typeof SuppressedError === "function" &&
    error instanceof SuppressedError;
  const properties = Object.keys(error).filter((key) => !KNOWN.has(key));
  const hasCause = Object.hasOwn(error, "cause");
  const flags = (hasCause ? CAUSE : 0) |
    (Array.isArray(errors) ? ERRORS : 0) |
    (error instanceof DOMException ? DOM : 0) |
    (properties.length > 0 ? PROPERTIES : 0) |
    (suppresses ? SUPPRESSED : 0) |
    (nameOfClass(error) === undefined ? 0 : REGISTERED);
  out.word((flags << 8) | ERROR);
  encodeText(out, nameOfClass(error) ?? inWords(read(error, "name") ?? ""));
  for (const part of ["message", "stack"]) {
    encodeText(out, inWords(read(error, part) ?? ""));
  }
  if (hasCause) encodeOrSay(out, read(error, "cause"), depth);
  if (Array.isArray(errors)) {
    const { length } = errors;
    out.word(length);
    for (let k = 0; k < length; k++) encodeOrSay(out, errors[k], depth);
  }
  if (suppresses) {
    encodeOrSay(out, read(error, "error"), depth);
    encodeOrSay(out, read(error, "suppressed"), depth);
  }
  if (properties.length > 0) {
    out.word(properties.length);
    for (const key of properties) {
      encodeText(out, key);
      encodeOrSay(out, read(error, key), depth);
    }
  }
}

/** Writes a value, or in words what it is. */
function encodeOrSay(out: Writer, value: unknown, depth: number): void {
  const { mark } = out;
  const open = out.opened.length;
  try {
    encodeValue(out, value, depth);
  } catch {
    out.goBack(mark);
    out.opened.length = open;
    encodeText(out, inWords(value));
  }
}

/** A property, or what its getter threw. */
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch (thrown) {
    return `[its getter threw: ${inWords(thrown)}]`;
  }
}

/** Reads an error whose tag word was read. */
export function decodeError(from: Reader, flags: number): Error {
  const name = decodeTextOf(from, "error");
  const message = decodeTextOf(from, "error");
  const stack = decodeTextOf(from, "error");
  const error = make(name, message, flags);
  from.objects?.push(error);
  define(error, "stack", stack);
  if ((flags & CAUSE) !== 0) define(error, "cause", decodeValue(from));
  if ((flags & ERRORS) !== 0) {
    const errors: unknown[] = [];
    for (let left = from.count(1); left > 0; left--) {
      errors.push(decodeValue(from));
    }
    define(error, "errors", errors);
  }
  if ((flags & SUPPRESSED) !== 0) {
    define(error, "error", decodeValue(from));
    define(error, "suppressed", decodeValue(from));
  }
  if ((flags & PROPERTIES) !== 0) {
    for (let left = from.count(2); left > 0; left--) {
      define(error, decodeTextOf(from, "error"), decodeValue(from), true);
    }
  }
  return error;
}

function make(name: string, message: string, flags: number): Error {
  if ((flags & DOM) !== 0) return new DOMException(message, name);
  if ((flags & REGISTERED) !== 0) return makeRegistered(name, message);
  if (name === "AggregateError") return new AggregateError([], message);
  if (name === "SuppressedError" && typeof SuppressedError === "function") {
    return new SuppressedError(undefined, undefined, message);
  }
  const type = BUILT_IN.get(name);
  if (type !== undefined) return new type(message);
  return named(new Error(message), name);
}

/** An error of a class that this thread may not have loaded. */
function makeRegistered(name: string, message: string): Error {
  const error = new Error(message);
  const prototype = prototypeOfClass(name);
  if (prototype === undefined) return named(error, name);
  Object.setPrototypeOf(error, prototype);
  define(error, "name", name, true); // as a field of a class
  return error;
}

function named(error: Error, name: string): Error {
  define(error, "name", name);
  return error;
}

function define(
  error: Error,
  key: string,
  value: unknown,
  enumerable: boolean = false,
): void {
  Object.defineProperty(error, key, {
    value,
    configurable: true,
    enumerable,
    writable: true,
  });
}
