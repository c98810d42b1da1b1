/**
 * What a module of WebAssembly imports: memory that threads share, and what the caller
 * gives.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { type AnyFunction, isClass } from "../../workers/functions/portable.ts";
import type { GivenImport } from "./instance.ts";

/**
 * What a module imports besides its memory, by module and name: numbers, and portable
 * functions that return their result at once.
 */
export type KernelImports = Readonly<
  Record<string, Readonly<Record<string, AnyFunction | number | bigint>>>
>;

/** What each thread gives to its instance. */
export interface GivenImports {
  readonly imports: readonly GivenImport[];
  readonly functions: readonly AnyFunction[];
}

/**
 * Looks up what a module imports.
 *
 * @throws {TypeError} If it imports no memory, or what it imports is not given, or
 * could not be made on every thread.
 */
export function givenImports(
  module: WebAssembly.Module,
  given: KernelImports,
): GivenImports {
  const imports: GivenImport[] = [];
  const functions: AnyFunction[] = [];
  let memories = 0;
  for (const wanted of WebAssembly.Module.imports(module)) {
    const { module: from, name, kind } = wanted;
    const value = given[from]?.[name];
    if (kind === "memory") memories++;
    else if (kind === "function" && isPlainFunction(value)) {
      imports.push([from, name, { place: functions.length }]);
      functions.push(value);
    } else if (kind === "global" && isNumeric(value)) {
      imports.push([from, name, { number: value }]);
    } else throw missing(wanted, value);
  }
  if (memories === 1) return { imports, functions };
  throw new TypeError(
    `Cannot plan with module of WebAssembly as it must import one memory, which threads share: received one that imports ${memories}`,
  );
}

function isPlainFunction(value: unknown): value is AnyFunction {
  // The data of a closure would be of the first plan only.
  return typeof value === "function" && !isClass(value as AnyFunction) &&
    !isClosure(value as AnyFunction);
}

/** Whether a value is a number of WebAssembly. */
export function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

const WANTED: Readonly<Record<string, string>> = {
  function: "a function that is no closure",
  global: "a number or bigint",
};

function missing(
  { module, name, kind }: WebAssembly.ModuleImportDescriptor,
  value: unknown,
): TypeError {
  const wanted = WANTED[kind] ??
    `given, and threads cannot share what is a ${kind}`;
  return new TypeError(
    `Cannot plan with module of WebAssembly as its import '${module}.${name}' must be ${wanted}: received ${
      value === null
        ? "null"
        : typeof value === "function"
        ? "a class or closure"
        : typeof value
    }`,
  );
}
