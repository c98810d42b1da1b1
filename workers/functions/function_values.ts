/**
 * Portable functions as parts of values: of closures, and of values that make others
 * where they arrive.
 *
 * An exported one travels as its address, which the preamble of the value has; a
 * self-contained one as its source, that each thread compiles once.
 *
 * @module
 */

import "../../aware/closure.ts"; // so that closures can arrive
import {
  type AnyFunction,
  registerFunctions,
} from "../../codec/function_values.ts";
import { instanceClass } from "../../codec/instance_classes.ts";
import { exportedAt } from "../../codec/module_exports.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import { isThenable } from "../../codec/thenable.ts";
import { compiledSource } from "./compiled_source.ts";
import { foreignName } from "./foreign_name.ts";
import type { LoadedFunction } from "./loaded_function.ts";
import { sourceOf } from "./self_contained.ts";

/** A name and a source. */
type Source = readonly [name: string, text: string];

const sources = new WeakMap<AnyFunction, Source>();
/** What was compiled, as values that can be called anywhere. */
const values = new WeakMap<LoadedFunction, AnyFunction>();

function encode(fn: AnyFunction, out: Writer): number | Source {
  const at = exportedAt(fn);
  if (at !== undefined) return out.exportPlace(at);
  let source = sources.get(fn);
  if (source === undefined) {
    const name = typeof fn.name === "string" ? fn.name : "";
    const text = Function.prototype.toString.call(fn);
    sources.set(fn, source = [name, sourceOf(fn, name, text)]);
  }
  return source;
}

function decode(data: unknown, from: Reader): AnyFunction {
  if (typeof data === "number") {
    const found = from.arrival?.exports[data];
    const isFunction = typeof found === "function" &&
      instanceClass(found) === undefined;
    if (isFunction) return found as AnyFunction;
  } else if (Array.isArray(data)) {
    const [name, text] = data as unknown[];
    if (typeof name === "string" && typeof text === "string") {
      return fromSource(name, text);
    }
  }
  throw new CorruptFrameError(
    `Cannot decode function as there is none: received ${typeof data}`,
  );
}

function fromSource(name: string, text: string): AnyFunction {
  const loaded = compiledHere(name, text);
  let fn = values.get(loaded);
  if (fn === undefined) {
    fn = explained(loaded);
    values.set(loaded, fn);
    sources.set(fn, [name, text]); // it may go on to others
  }
  return fn;
}

/** Compiles what was a function where it was sent. */
function compiledHere(name: string, text: string): LoadedFunction {
  try {
    return compiledSource(name, text);
  } catch (cause) {
    throw new CorruptFrameError(
      `Cannot decode function '${name}' as its source cannot be compiled`,
      { cause },
    );
  }
}

/** The same function, whose errors say if it uses what stayed behind. */
function explained(loaded: LoadedFunction): AnyFunction {
  const { name, run } = loaded;
  const explain = (error: unknown) => {
    throw foreignName(error, loaded);
  };
  const fn: AnyFunction = (...args) => {
    let result: unknown;
    try {
      result = run(...args);
    } catch (error) {
      return explain(error);
    }
    return isThenable(result) ? result.then(undefined, explain) : result;
  };
  return Object.defineProperty(fn, "name", { value: name });
}

registerFunctions({ encode, decode });
