/**
 * What a definition is made of, and what is refused.
 *
 * @module
 */

import { inWords } from "../codec/in_words.ts";
import { checkReserve } from "../sync/channel/segment_layout.ts";
import type { LinkContext } from "./link_context.ts";
import type { MethodName } from "./remote.ts";

/** How a family's shared state and its instances are made. */
export interface LinkedOptions<T extends object, S, M = unknown> {
  /**
   * Makes the shared state, once per family, on the thread that makes the family. It
   * reaches the other threads as a portable value: shared objects such as
   * `SharedCounter` in it are the same everywhere, all else is copied.
   */
  readonly shared?: () => S;
  /**
   * Makes an instance: a plain object that one thread uses. It gets the shared
   * state of the family, and what its instances work together by.
   */
  readonly create: (shared: S, context: LinkContext<M>) => T;
  /**
   * Disposes an instance; what it returns is awaited. Default: the instance's own
   * `[Symbol.asyncDispose]()` or `[Symbol.dispose]()`, if it has one.
   */
  readonly dispose?: (instance: T, shared: S) => unknown;
  /**
   * The methods that other threads may call. Default: all that the instance has,
   * which then must be the same ones on each worker. To be given where instances
   * are of several classes behind one interface: it names what these have in
   * common.
   */
  readonly methods?: readonly MethodName<T>[];
  /** The names of counters that all instances share: see `LinkContext.counter()`. */
  readonly counters?: readonly string[];
  /**
   * How many bytes of address space there are for the messages that wait for each
   * sibling, from 1024 to 2^32 - 128; memory is taken as it is used. Default: 1 MiB.
   */
  readonly reserve?: number;
}

/**
 * Checks what a definition is made of.
 *
 * @throws {TypeError} If an argument is of another type, or two names are the same.
 * @throws {RangeError} If the reserve is out of range.
 */
export function checkDefinition<T extends object, S, M>(
  url: string,
  name: string,
  options: LinkedOptions<T, S, M>,
): void {
  checkText("url", url);
  checkText("name", name);
  if (!URL.canParse(url)) {
    throw new TypeError(
      `Cannot define family as 'url' must be an absolute URL: received "${url}"`,
    );
  }
  const { shared, create, dispose, methods, counters, reserve } = options;
  checkFunction(name, "create", create);
  if (shared !== undefined) checkFunction(name, "shared", shared);
  if (dispose !== undefined) checkFunction(name, "dispose", dispose);
  if (methods !== undefined) checkNames(name, "methods", methods);
  if (counters !== undefined) checkNames(name, "counters", counters);
  if (reserve !== undefined) checkReserve(`define family '${name}'`, reserve);
}

function checkNames(name: string, option: string, names: unknown): void {
  const isList = Array.isArray(names) &&
    names.every((each) => typeof each === "string");
  if (isList && new Set(names).size === names.length) return;
  throw new TypeError(
    `Cannot define family '${name}' as '${option}' must be an array of different strings: received ${
      isList ? names.join(", ") : inWords(names)
    }`,
  );
}

function checkText(parameter: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(
      `Cannot define family as '${parameter}' must be a string that is not empty: received ${
        typeof value === "string" ? '""' : typeof value
      }`,
    );
  }
}

function checkFunction(name: string, option: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new TypeError(
      `Cannot define family '${name}' as '${option}' must be a function: received ${typeof value}`,
    );
  }
}
