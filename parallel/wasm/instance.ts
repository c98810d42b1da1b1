/**
 * Instances of a module of WebAssembly on memory that all threads share: one for each
 * thread, with a stack of its own.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import { functionNumber } from "../plan/plan_function.ts";

/** What is given for an import: a number, or the place of a function. */
export type GivenImport = readonly [
  module: string,
  name: string,
  given: { readonly number: number | bigint } | { readonly place: number },
];

/** What instances of the same module and memory may differ in, besides functions. */
export interface InstanceOptions {
  readonly imports: readonly GivenImport[];
  /** How large a stack is, in bytes. */
  readonly stackSize: number;
}

/** What every thread makes its instance of. */
export interface InstanceParts extends InstanceOptions {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

const PAGE = 65_536;
/** What the stack pointer is a multiple of, by the conventions of C and Rust. */
const STACK_ALIGN = 16;

/** The instance of a thread. */
export interface ThreadInstance {
  readonly exports: WebAssembly.Exports;
  /** How far its stack goes; undefined if that is not known here. */
  readonly stackPointer: WebAssembly.Global | undefined;
}

type Instances = WeakMap<WebAssembly.Module, Map<string, ThreadInstance>>;

/** Those of this thread. */
const instances = new WeakMap<WebAssembly.Memory, Instances>();

/**
 * Tells instances of the same module and memory from each other: by what they are made
 * of, as each thread may have made some that others know nothing of.
 */
export function instanceKey(
  { imports, stackSize }: InstanceOptions,
  functions: readonly AnyFunction[],
): string {
  const numbers = imports.map(([, , given]) => {
    if ("place" in given) return "";
    const { number } = given;
    return `${typeof number} ${Object.is(number, -0) ? "-0" : number}`;
  });
  return JSON.stringify([stackSize, numbers, functions.map(functionNumber)]);
}

/**
 * The instance of this thread.
 *
 * @param functions Those that it imports.
 * @throws {WebAssembly.LinkError} If an import is of another type.
 * @throws {RangeError} If there is no room for a stack.
 */
export function instanceOf(
  parts: InstanceParts,
  functions: readonly AnyFunction[],
): ThreadInstance {
  const { module, memory } = parts;
  let ofMemory = instances.get(memory);
  if (ofMemory === undefined) {
    instances.set(memory, ofMemory = new WeakMap());
  }
  let ofModule = ofMemory.get(module);
  if (ofModule === undefined) ofMemory.set(module, ofModule = new Map());
  const key = instanceKey(parts, functions);
  let instance = ofModule.get(key);
  if (instance === undefined) {
    ofModule.set(key, instance = newInstance(parts, functions));
  }
  return instance;
}

function newInstance(
  parts: InstanceParts,
  functions: readonly AnyFunction[],
): ThreadInstance {
  const { module, memory, imports, stackSize } = parts;
  const given: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const [from, name, value] of imports) {
    (given[from] ??= {})[name] = "place" in value
      ? functions[value.place]!
      : value.number as number;
  }
  for (
    const { module: from, name, kind } of WebAssembly.Module.imports(module)
  ) {
    if (kind === "memory") (given[from] ??= {})[name] = memory;
  }
  const { exports } = new WebAssembly.Instance(module, given);
  const pointer = exports["__stack_pointer"];
  const stackPointer = pointer instanceof WebAssembly.Global
    ? pointer
    : undefined;
  beginThread(exports, stackPointer, memory, stackSize);
  return { exports, stackPointer };
}

/** Gives a thread what its code keeps in memory: a stack, and variables of its own. */
function beginThread(
  exports: WebAssembly.Exports,
  pointer: WebAssembly.Global | undefined,
  memory: WebAssembly.Memory,
  stackSize: number,
): void {
  const start = exports["__wbindgen_start"];
  // What wasm-bindgen makes of a module sees to both by itself.
  if (typeof start === "function") {
    start(PAGE * Math.ceil(stackSize / PAGE));
    return;
  }
  if (pointer === undefined) return;
  const align = Math.max(STACK_ALIGN, wordIn(exports, "__tls_align"));
  const top = align * Math.ceil(stackSize / align);
  const pages = Math.ceil((top + wordIn(exports, "__tls_size")) / PAGE);
  // Whole pages, which nobody else gets, whatever allocator the module has.
  const base = PAGE * grown(memory, pages);
  pointer.value = base + top;
  const initTls = exports["__wasm_init_tls"];
  if (typeof initTls === "function") initTls(base + top);
}

function wordIn(exports: WebAssembly.Exports, name: string): number {
  const value = exports[name];
  return value instanceof WebAssembly.Global ? value.value as number : 0;
}

function grown(memory: WebAssembly.Memory, pages: number): number {
  try {
    return memory.grow(pages);
  } catch (cause) {
    throw new RangeError(
      `Cannot give thread a stack as memory of WebAssembly cannot grow by ${pages} pages: received one of ${
        memory.buffer.byteLength / PAGE
      }`,
      { cause },
    );
  }
}
