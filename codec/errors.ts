/**
 * Errors to bytes and back, with class, cause and the stack of where they were
 * thrown.
 *
 * @module
 */

import { decodeValue } from "./decode.ts";
import { encodeValue } from "./encode.ts";
import type { Reader } from "./reader.ts";
import { ERROR } from "./tag.ts";
import type { Writer } from "./writer.ts";

const CAUSE = 1;
const ERRORS = 2;
const DOM = 4;
const PROPERTIES = 8;

type ErrorClass = new (message?: string) => Error;

const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(
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
]);

/** Writes an error. What cannot be sent of it is left out or named. */
export function encodeError(out: Writer, error: Error, depth: number): void {
  const hasCause = Object.hasOwn(error, "cause");
  const errors = (error as AggregateError).errors;
  const properties = propertiesOf(error);
  const flags = (hasCause ? CAUSE : 0) |
    (Array.isArray(errors) ? ERRORS : 0) |
    (error instanceof DOMException ? DOM : 0) |
    (properties === undefined ? 0 : PROPERTIES);
  out.word((flags << 8) | ERROR);
  encodeValue(out, String(error.name), depth);
  encodeValue(out, String(error.message), depth);
  encodeValue(out, String(error.stack ?? ""), depth);
  if (hasCause) encodeLenient(out, error.cause, depth);
  if (Array.isArray(errors)) encodeLenient(out, errors, depth);
  if (properties !== undefined) encodeLenient(out, properties, depth);
}

/** An error says what went wrong: it must not fail because of a detail. */
function encodeLenient(out: Writer, value: unknown, depth: number): void {
  const start = out.length;
  const shared = out.buffers?.length;
  try {
    encodeValue(out, value, depth);
  } catch {
    out.length = start;
    if (shared !== undefined) out.buffers!.length = shared;
    encodeValue(out, describe(value), depth);
  }
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `[${typeof value}]`;
  }
}

function propertiesOf(error: Error): Record<string, unknown> | undefined {
  let found: Record<string, unknown> | undefined;
  for (const key of Object.keys(error)) {
    if (KNOWN.has(key)) continue;
    const value = (error as unknown as Record<string, unknown>)[key];
    if (typeof value === "function") continue;
    (found ??= {})[key] = value;
  }
  return found;
}

/** Reads an error whose tag word was read. */
export function decodeError(from: Reader, flags: number): Error {
  const name = String(decodeValue(from));
  const message = String(decodeValue(from));
  const stack = String(decodeValue(from));
  const error = make(name, message, flags);
  define(error, "stack", stack);
  if ((flags & CAUSE) !== 0) define(error, "cause", decodeValue(from));
  if ((flags & ERRORS) !== 0) define(error, "errors", decodeValue(from));
  if ((flags & PROPERTIES) !== 0) {
    const properties = decodeValue(from) as Record<string, unknown>;
    if (typeof properties === "object" && properties !== null) {
      for (const key of Object.keys(properties)) {
        Object.defineProperty(error, key, {
          value: properties[key],
          configurable: true,
          enumerable: true,
          writable: true,
        });
      }
    }
  }
  return error;
}

function make(name: string, message: string, flags: number): Error {
  if ((flags & DOM) !== 0) return new DOMException(message, name);
  if (name === "AggregateError") return new AggregateError([], message);
  const type = CLASSES.get(name);
  if (type !== undefined) return new type(message);
  const error = new Error(message);
  define(error, "name", name);
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
