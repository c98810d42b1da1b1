/**
 * Values that each worker has one of, made where and when they are first used.
 *
 * @module
 */

import { disposeItself } from "../../linked/self_disposal.ts";
import { RuntimeClosedError } from "../errors.ts";
import { isThenable } from "../../codec/thenable.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import { homeHere, homeIn, inHome } from "./current_home.ts";
import type { Home, Owned } from "./home.ts";
import { type ReferenceIn, referenceIn } from "./reference_in.ts";

/** Options of {@linkcode WorkerLocal}. */
export interface WorkerLocalOptions<T> {
  /** What the values are called in errors. Default: `"worker-local value"`. */
  readonly name?: string;
  /**
   * Disposes a value; what it returns is awaited. Default: the value's own
   * `[Symbol.asyncDispose]()` or `[Symbol.dispose]()`, if it has one.
   */
  readonly dispose?: (value: Awaited<T>) => unknown;
}

/** A value on one thread. */
interface Cell<T> extends Owned {
  state: "making" | "made" | "disposed";
  value: T;
}

/**
 * A value that each worker of a runtime makes for itself, when it first uses it: a
 * cache, a connection, a scratch buffer. A module holds it, and every worker that
 * imports the module has its own.
 *
 * The thread that starts a runtime has a value of its own, too, and so has each
 * worker of an inline runtime.
 *
 * Values are disposed when the runtime is closed, and not before all of its threads
 * have met with no task left: what one worker owns stays valid for as long as any
 * task of the runtime runs. Each worker disposes its values one after the other,
 * the last that was made first; a value that uses another one was made after it. All
 * are disposed, also if a disposer throws: `close()` rejects with a
 * `LocalDisposeError` then. A worker that is lost, or is ended as the time for
 * `close()` is up, disposes nothing; the one in its place makes values of its own.
 *
 * After Rust's `thread_local!` and `async-local`
 * (https://docs.rs/async-local).
 *
 * @example Usage
 * ```ts
 * import { Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * // export const journal = new WorkerLocal(() => new Journal());
 * // export const write = portable(import.meta.url, function write(line) {
 * //   return journal.value.write(line);
 * // });
 * import { journal, write } from "../../examples/journal.ts";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * assertEquals(await runtime.spawn(write, "one"), 1); // the worker's journal
 * assertEquals(await runtime.spawn(write, "two"), 2);
 * assertEquals(journal.value.write("here"), 1); //       this thread's
 * ```
 *
 * @typeParam T The type of the values.
 */
export class WorkerLocal<T> {
  /** What the values are called in errors. */
  readonly name: string;
  /** What is done, for errors. */
  readonly #use: string;
  readonly #make: () => T;
  readonly #dispose: ((value: Awaited<T>) => unknown) | undefined;
  #home: Home | undefined;
  #cell: Cell<T> | undefined;

  /**
   * Makes no value yet.
   *
   * @param make Makes a value. It may give a promise: that is the value then, and
   * what is disposed is what it resolves to.
   * @throws {TypeError} If an argument is of another type.
   */
  constructor(make: () => T, options: WorkerLocalOptions<T> = {}) {
    const { name = "worker-local value", dispose } = options;
    check("make", "a function", typeof make === "function", make);
    check("name", "a string", typeof name === "string", name);
    const isRight = dispose === undefined || typeof dispose === "function";
    check("dispose", "a function", isRight, dispose);
    this.#make = make;
    this.#dispose = dispose;
    this.name = name;
    this.#use = `use '${name}'`;
  }

  /**
   * The value of this worker, made if it is not there yet.
   *
   * On the thread that started a runtime it is that thread's own. If it started
   * several that are open, use {@linkcode WorkerLocal.in}.
   *
   * @throws {TypeError} If this thread belongs to no runtime, or to several.
   * @throws {RuntimeClosedError} When the runtime is closed: if the value was
   * disposed or never made.
   * @throws What making it throws; the next use tries again.
   */
  get value(): T {
    // Looked up as long as it takes to see that it is the same as before.
    const home = homeHere(this.#use);
    if (home === this.#home) return this.#cell!.value;
    return this.#valueIn(home);
  }

  /**
   * The value of this thread in one of the runtimes that it has started.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { journal } from "../../examples/journal.ts";
   *
   * await using one = await Runtime.start({ workers: 1 });
   * await using other = await Runtime.start({ workers: 1 });
   * journal.in(one).write("to one");
   * assertEquals(journal.in(other).write("to the other"), 1);
   * ```
   *
   * @param runtime The runtime; on a worker, `Runtime.current`.
   * @throws {TypeError} If it is none of this thread.
   * @throws {RuntimeClosedError} As for {@linkcode WorkerLocal.value}.
   */
  in(runtime: RuntimeFace): T {
    return this.#valueIn(homeIn(runtime, this.#use));
  }

  /**
   * Calls a function with the value of this worker.
   *
   * @returns What the function returns.
   * @throws As {@linkcode WorkerLocal.value}, and what the function throws.
   */
  with<R>(fn: (value: T) => R): R {
    return fn(this.value);
  }

  /** Whether this worker has a value. Makes none. */
  get isMade(): boolean {
    const home = homeHere(this.#use);
    return (home.values.get(this) as Cell<T> | undefined)?.state === "made";
  }

  /**
   * The reference of this worker's value, for other threads: of a value with exactly
   * one field that is a `LocalRef`, that field. Others then use what is in it,
   * and the rest of the value stays with the worker.
   *
   * @example Usage
   * ```ts
   * import { Runtime } from "@kindred/kindred";
   * import { assertEquals } from "@std/assert";
   * import { journal } from "../../examples/journal.ts";
   *
   * await using runtime = await Runtime.start({ workers: 1 });
   * journal.value.write("here");
   * const lines = await runtime.spawn(
   *   (ref: ReturnType<typeof journal.ref>) => ref.get().lines.value,
   *   journal.ref(),
   * );
   * assertEquals(lines, 1);
   * ```
   *
   * @throws {TypeError} If it has no such field, or several.
   * @throws As {@linkcode WorkerLocal.value}.
   */
  ref(): ReferenceIn<T> {
    return referenceIn(this.value, this.name);
  }

  /**
   * Disposes the value of this worker now; the next use makes another one. Does
   * nothing if there is none.
   *
   * @throws What disposing it throws.
   */
  async release(): Promise<void> {
    const home = homeHere(this.#use);
    const cell = home.values.get(this) as Cell<T> | undefined;
    if (cell?.state !== "made" || !home.letGo(cell)) return;
    home.values.delete(this);
    await cell.dispose();
  }

  #valueIn(home: Home): T {
    const cell = home.values.get(this) as Cell<T> | undefined ??
      this.#makeIn(home);
    if (cell.state === "disposed") throw new RuntimeClosedError(this.#use);
    if (cell.state === "making") {
      throw new TypeError(
        `Cannot make '${this.name}' as it uses itself while it is made`,
      );
    }
    this.#home = home;
    this.#cell = cell;
    return cell.value;
  }

  #makeIn(home: Home): Cell<T> {
    if (!home.isOpen) throw new RuntimeClosedError(`make '${this.name}'`);
    const cell: Cell<T> = {
      name: this.name,
      state: "making",
      value: undefined as T,
      dispose: () => this.#disposeCell(cell),
    };
    home.values.set(this, cell);
    try {
      const make = this.#make;
      cell.value = inHome(home, () => make());
      // Only now: what it used meanwhile is disposed after it.
      home.own(cell);
      cell.state = "made";
    } finally {
      if (cell.state === "making") home.values.delete(this);
    }
    return cell;
  }

  #disposeCell(cell: Cell<T>): unknown {
    const { value } = cell;
    cell.state = "disposed";
    cell.value = undefined as T;
    if (this.#cell === cell) this.#home = this.#cell = undefined;
    if (!isThenable(value)) return this.#disposeValue(value as Awaited<T>);
    return value.then(
      (value) => this.#disposeValue(value as Awaited<T>),
      () => {}, // it was never there
    );
  }

  #disposeValue(value: Awaited<T>): unknown {
    const dispose = this.#dispose;
    return dispose === undefined ? disposeItself(value) : dispose(value);
  }
}

function check(
  name: string,
  wanted: string,
  isRight: boolean,
  received: unknown,
): void {
  if (isRight) return;
  throw new TypeError(
    `Cannot define worker-local value as '${name}' must be ${wanted}: received ${
      received === null ? "null" : typeof received
    }`,
  );
}
