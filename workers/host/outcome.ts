/**
 * What a call comes to, as it is sent: the same from a thread and inline.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import type { Writer } from "../../codec/writer.ts";

// deno-lint-ignore no-explicit-any
export type Method = (...args: any[]) => unknown;

/** The methods of an instance, by their numbers. */
export function methodTable(
  instance: object,
  names: readonly string[],
): Method[] {
  return names.map((name) => (instance as Record<string, Method>)[name]!);
}

const AsyncFunction = (async () => {}).constructor;
const AsyncGeneratorFunction = (async function* () {}).constructor;

/** Whether a function is an async one, and so certainly gives a promise. */
export function isAsync(value: unknown): boolean {
  return value instanceof AsyncFunction;
}

/** Whether a function is an async generator. */
export function isAsyncGenerator(value: unknown): boolean {
  return value instanceof AsyncGeneratorFunction;
}

/** How errors name the result of a method. */
export function resultOf(family: string, method: string): string {
  return `result of '${family}.${method}'`;
}

/** Writes what was thrown; if that cannot be sent, an error that says what it was. */
export function encodeFailure(out: Writer, thrown: unknown): void {
  try {
    encode(out, thrown, "error");
  } catch {
    const text = `A value that cannot be sent was thrown: ${inWords(thrown)}`;
    encode(out, new Error(text), "error");
  }
}
