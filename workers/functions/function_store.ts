/**
 * The functions that the threads of a runtime send each other: each travels
 * once, and then by its number.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import { exportedAt } from "../../codec/module_exports.ts";
import { whyNotImportable } from "../life/surroundings.ts";
import { compile, type FunctionScope } from "./compile.ts";
import { DefinitionList, type Definitions } from "./definition_list.ts";
import { DefinitionMemory, SMALLEST } from "./definition_memory.ts";
import {
  EXPORT,
  type FunctionDefinition,
  inQuotes,
  SOURCE,
} from "./function_definition.ts";
import { importFunction } from "./import_function.ts";
import { type LoadedFunction, loadedFunction } from "./loaded_function.ts";
import type { AnyFunction } from "./portable.ts";
import "./function_values.ts"; // so that functions can arrive as parts of values
import { sourceOf } from "./self_contained.ts";

/** Address space that functions may take, in bytes; untouched it costs nothing. */
const RESERVED = 64 * 1024 * 1024;

/** Names a store in a message. */
export interface FunctionStoreHandle {
  /** The buffer. */
  readonly buffer: SharedArrayBuffer;
}

/** A source that this thread has sent, under each of its names. */
interface Sent {
  readonly name: string;
  readonly number: number;
}

/** The functions of a runtime, as one thread sees them. */
export class FunctionStore {
  readonly #handle: FunctionStoreHandle | undefined;
  readonly #definitions: Definitions;
  readonly #scope: FunctionScope;
  readonly #numbers = new WeakMap<AnyFunction, number>();
  readonly #sent = new Map<string, Sent[]>();
  readonly #loaded = new Map<
    number,
    LoadedFunction | Promise<LoadedFunction>
  >();
  /** On one thread: exported functions whose modules it may not import. */
  readonly #here = new Map<number, LoadedFunction>();

  /**
   * Attaches to a store; without a handle, makes one that only this thread sees.
   *
   * @param scope What self-contained functions may use besides globals.
   */
  constructor(
    handle: FunctionStoreHandle | undefined,
    scope: FunctionScope = NO_TASK,
  ) {
    this.#handle = handle;
    this.#scope = scope;
    this.#definitions = handle === undefined
      ? new DefinitionList()
      : new DefinitionMemory(handle.buffer);
  }

  /**
   * Makes a store.
   *
   * @param byteLength How much all definitions may take, in bytes.
   */
  static allocate(
    scope?: FunctionScope,
    byteLength: number = RESERVED,
  ): FunctionStore {
    const size = Math.max(byteLength, SMALLEST);
    const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
    return new FunctionStore({ buffer }, scope);
  }

  /** Makes a store that only this thread sees, without shared memory. */
  static inline(scope?: FunctionScope): FunctionStore {
    return new FunctionStore(undefined, scope);
  }

  /**
   * Names this store in a message.
   *
   * @throws {TypeError} If only this thread can see it.
   */
  get handle(): FunctionStoreHandle {
    if (this.#handle === undefined) {
      throw new TypeError(
        "Cannot share functions as they are kept for this thread only",
      );
    }
    return this.#handle;
  }

  /**
   * The number of a function, by which other threads can load it.
   *
   * @throws {TypeError} If it is not portable.
   * @throws {RangeError} If there is no room left.
   */
  numberOf(fn: AnyFunction): number {
    let number = this.#numbers.get(fn);
    if (number === undefined) {
      number = this.#add(fn);
      this.#numbers.set(fn, number);
    }
    return number;
  }

  /**
   * The function that has a number: a promise only if its module has to be
   * imported first.
   *
   * @throws {TypeError} If there is no such function, or its source is none.
   */
  load(number: number): LoadedFunction | Promise<LoadedFunction> {
    return this.#loaded.get(number) ?? this.#get(number);
  }

  #add(fn: AnyFunction): number {
    if (typeof fn !== "function") {
      throw new TypeError(
        `Cannot send function to a worker as it must be a function: received ${
          fn === null ? "null" : typeof fn
        }`,
      );
    }
    if (isClosure(fn)) {
      throw new TypeError(
        `Cannot send ${
          inQuotes(fn.name)
        } to a worker as it is a closure, with data of its own: pass it as an argument of a function that calls it`,
      );
    }
    const at = exportedAt(fn);
    return at === undefined
      ? this.#addSource(fn)
      : this.#addExport(fn, at.url, at.name);
  }

  #addSource(fn: AnyFunction): number {
    const name = typeof fn.name === "string" ? fn.name : "";
    const text = Function.prototype.toString.call(fn);
    const sent = this.#sent.get(text);
    const known = sent?.find((one) => one.name === name);
    if (known !== undefined) return known.number;
    const number = this.#definitions.add({
      kind: SOURCE,
      name,
      text: sourceOf(fn, name, text),
    });
    if (sent === undefined) this.#sent.set(text, [{ name, number }]);
    else sent.push({ name, number });
    return number;
  }

  #addExport(fn: AnyFunction, url: string, name: string): number {
    const reason = whyNotImportable(url);
    if (reason !== undefined && this.#handle !== undefined) {
      const { why, grant } = reason;
      throw new TypeError(
        `Cannot send ${inQuotes(name)} to a worker as ${why}${
          grant === undefined ? "" : `: grant ${grant}`
        }`,
      );
    }
    const number = this.#definitions.add({ kind: EXPORT, name, text: url });
    if (reason !== undefined) {
      this.#here.set(number, loadedFunction(name, fn, undefined, url));
    }
    return number;
  }

  #get(number: number): LoadedFunction | Promise<LoadedFunction> {
    const definition = this.#definitions.at(number);
    const loaded = definition.kind === SOURCE
      ? compile(definition, number, this.#scope)
      : this.#here.get(number) ?? this.#import(number, definition);
    this.#loaded.set(number, loaded);
    return loaded;
  }

  #import(
    number: number,
    definition: FunctionDefinition,
  ): Promise<LoadedFunction> {
    const loading = importFunction(definition);
    loading.then(
      (loaded) => this.#loaded.set(number, loaded),
      () => {}, // whoever wants to run it is told
    );
    return loading;
  }
}

const NO_TASK: FunctionScope = {
  currentTask: () => {
    throw new TypeError("Cannot tell the current task as none is running");
  },
};
