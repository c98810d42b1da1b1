/**
 * The functions of a plan: the same ones on every thread.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { exportedAt, exportFrom } from "../../codec/module_exports.ts";
import { compiledSource } from "../../workers/functions/compiled_source.ts";
import {
  EXPORT,
  type FunctionDefinition,
  inQuotes,
  SOURCE,
} from "../../workers/functions/function_definition.ts";
import { importFunction } from "../../workers/functions/import_function.ts";
import {
  type LoadedFunction,
  loadedFunction,
} from "../../workers/functions/loaded_function.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import { sourceOf } from "../../workers/functions/self_contained.ts";

/** A function of a plan, here. */
export interface PlanFunction {
  /** How other threads get it. */
  readonly sent: FunctionDefinition;
  /** How this thread runs it. */
  readonly loaded: LoadedFunction;
}

/** How many sources and addresses this thread keeps. */
const KEPT = 10_000;

/** The numbers of functions by their sources and addresses. */
const numbers = new Map<string, number>();
/** The same of those that were seen: to look at a source takes long. */
const seen = new WeakMap<object, number>();
let last = 0;

/** A number that functions have in common if they have the address or the source. */
export function functionNumber(fn: AnyFunction): number {
  const one = exportedAt(fn) ?? fn;
  let number = seen.get(one);
  if (number === undefined) {
    number = numberOf(functionKey(fn));
    seen.set(one, number);
  }
  return number;
}

function numberOf(key: string): number {
  let number = numbers.get(key);
  if (number === undefined) {
    if (numbers.size >= KEPT) numbers.clear();
    number = ++last;
    numbers.set(key, number);
  }
  return number;
}

/** What tells a function from others: its address, or its source. */
function functionKey(fn: AnyFunction): string {
  if (isClosure(fn)) return "closure";
  const at = exportedAt(fn);
  return at === undefined
    ? `${fn.name} ${Function.prototype.toString.call(fn)}`
    : `${at.url} ${at.name}`;
}

/**
 * Prepares a function of a plan: see {@linkcode portableFunction}.
 *
 * @throws {TypeError} If it is not portable, or does not return its result at once.
 */
export function planFunction(fn: AnyFunction): PlanFunction | undefined {
  const prepared = portableFunction(fn);
  if (prepared !== undefined) checkImmediate(prepared.loaded);
  return prepared;
}

/**
 * Prepares a function to run on any thread; undefined for a closure, which goes as it
 * is, with its data.
 *
 * A self-contained one is compiled anew here as well: so it never sees variables
 * that only this thread has, however few values there are.
 *
 * @throws {TypeError} If it is not portable.
 */
export function portableFunction(fn: AnyFunction): PlanFunction | undefined {
  if (isClosure(fn)) return undefined;
  const at = exportedAt(fn);
  if (at !== undefined) {
    const { url, name } = at;
    return {
      sent: { kind: EXPORT, name, text: url },
      loaded: loadedFunction(name, fn, undefined, url),
    };
  }
  const { name } = fn;
  const text = sourceOf(fn, name, Function.prototype.toString.call(fn));
  return {
    sent: { kind: SOURCE, name, text },
    loaded: compiledSource(name, text),
  };
}

/** The function that another thread sent; a promise if it has to be imported. */
export function receivedFunction(
  sent: FunctionDefinition,
): LoadedFunction | Promise<LoadedFunction> {
  return sent.kind === SOURCE
    ? compiledSource(sent.name, sent.text)
    : importFunction(sent);
}

/** The same as far as that is at once: undefined if it has to be imported. */
export function functionNow(
  sent: FunctionDefinition,
): LoadedFunction | undefined {
  const { kind, name, text } = sent;
  if (kind === SOURCE) return compiledSource(name, text);
  const fn = exportFrom({ url: text, name });
  return typeof fn === "function"
    ? loadedFunction(name, fn as AnyFunction, undefined, text)
    : undefined;
}

/** Refuses what does not return its result at once. */
function checkImmediate({ name, isAsync }: LoadedFunction): void {
  if (!isAsync) return;
  throw new TypeError(
    `Cannot run ${
      inQuotes(name)
    } in parallel as it is async: use the map() of a runtime`,
  );
}
