/**
 * What modelled code finds in place of the engine's `Atomics`, clocks, timers
 * and chance.
 *
 * @module
 */

import { OUTSIDE } from "./accesses.ts";
import type { Machine } from "./machine.ts";
import { Failure } from "./model_error.ts";
import { type Access, isPause } from "./operation.ts";
import type { Word } from "./shared_memory.ts";

const real = globalThis.Atomics;
const realSetTimeout = globalThis.setTimeout;

type Loose = (view: object, index: number, ...rest: unknown[]) => unknown;

/** Lets the engine's event loop go round once. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => realSetTimeout(resolve, 0));
}

/** Puts the stand-ins in place; returns what puts the originals back. */
export function standIn(machine: Machine): () => void {
  const restore: (() => void)[] = [];
  const replace = (target: object, key: PropertyKey, value: unknown) => {
    const former = Object.getOwnPropertyDescriptor(target, key);
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: former?.enumerable ?? false,
    });
    restore.push(() => {
      if (former) Object.defineProperty(target, key, former);
      else Reflect.deleteProperty(target, key);
    });
  };
  const listen = (type: string, listener: (event: Event) => void) => {
    globalThis.addEventListener(type, listener);
    restore.push(() => globalThis.removeEventListener(type, listener));
  };

  replace(globalThis, "Atomics", atomics(machine));
  replace(globalThis, "SharedArrayBuffer", sharedArrayBuffer(machine));
  replace(performance, "now", () => machine.clock());
  replace(Date, "now", () => Math.floor(machine.clock()));
  const random = Math.random;
  replace(Math, "random", () => machine.running?.random() ?? random());
  for (const [key, value] of Object.entries(timers(machine))) {
    replace(globalThis, key, value);
  }
  replace(AbortSignal, "timeout", (delay: number) => {
    const controller = new AbortController();
    const reason = new DOMException("Signal timed out.", "TimeoutError");
    setTimeout(() => controller.abort(reason), delay);
    return controller.signal;
  });
  // A paused run leaves rejected promises behind that nobody awaits.
  listen("unhandledrejection", (event) => event.preventDefault());
  // And an event listener that pauses does not throw into its caller.
  listen("error", (event) => {
    event.preventDefault();
    const { error } = event as ErrorEvent;
    const { running } = machine;
    if (!running || running.stop !== undefined || isPause(error)) return;
    running.stop = new Failure(
      "exception",
      `T${running.index} threw ${error} in an event listener`,
      error,
    );
  });
  return () => restore.reverse().forEach((undo) => undo());
}

function atomics(machine: Machine): object {
  const { memory, accesses, journal } = machine;
  const word = (kind: Access) => {
    const original = real[kind] as Loose;
    return (view: object, index: number, a: Word = 0, b: Word = 0) => {
      const known = memory.view(view);
      // Private memory, and what the engine refuses.
      if (!known || !(index in known.native)) {
        return original(known?.native ?? view, index, a, b);
      }
      const result = accesses.operate(kind, known, index, a, b, Infinity);
      if (result !== OUTSIDE) return result;
      const { native } = known;
      const before = native[index]!;
      const direct = original(native, index, a, b);
      const after = native[index]!;
      native[index] = before;
      journal.set(native, index, after);
      return direct;
    };
  };
  const wait = (kind: "wait" | "waitAsync") => {
    const original = real[kind] as unknown as Loose;
    return (view: object, index: number, value: Word, timeout?: number) => {
      const known = memory.view(view);
      if (
        !known || !(index in known.native) || known.native instanceof Uint8Array
      ) {
        return original(known?.native ?? view, index, value, 0);
      }
      const limit = timeout === undefined || Number.isNaN(timeout)
        ? Infinity
        : timeout;
      const result = accesses.operate(kind, known, index, value, 0, limit);
      if (result !== OUTSIDE) return result;
      throw new TypeError(`Cannot ${kind} outside a model thread`);
    };
  };
  const notify = (view: object, index: number, count: number = Infinity) => {
    const known = memory.view(view);
    if (!known || !(index in known.native)) {
      return (real.notify as Loose)(known?.native ?? view, index, count);
    }
    const limit = Math.max(Math.trunc(count) || 0, 0);
    const woken = accesses.operate("notify", known, index, limit, 0, Infinity);
    return woken === OUTSIDE ? 0 : woken;
  };
  return {
    load: word("load"),
    store: word("store"),
    add: word("add"),
    sub: word("sub"),
    and: word("and"),
    or: word("or"),
    xor: word("xor"),
    exchange: word("exchange"),
    compareExchange: word("compareExchange"),
    wait: wait("wait"),
    waitAsync: wait("waitAsync"),
    notify,
    isLockFree: (size: number) => real.isLockFree(size),
    pause: () => machine.yield(),
    [Symbol.toStringTag]: "Atomics",
  };
}

/** Gives a thread the same buffers each time that it runs again. */
function sharedArrayBuffer(machine: Machine): SharedArrayBufferConstructor {
  const made = new Map<string, SharedArrayBuffer>();
  return new Proxy(SharedArrayBuffer, {
    construct(target, args: [number, { maxByteLength?: number }?]) {
      const run = machine.running;
      if (!run) return new target(...args as [number]);
      const [length, limits] = args;
      const key = `${run.index} ${run
        .buffers++} ${length} ${limits?.maxByteLength}`;
      let buffer = made.get(key);
      if (!buffer) made.set(key, buffer = new target(...args as [number]));
      return buffer;
    },
  });
}

function timers(machine: Machine): Record<string, unknown> {
  const { clearInterval, clearTimeout, setInterval } = globalThis;
  type Callback = (...args: unknown[]) => void;
  const clear = (original: (id?: number) => void) => (id?: number) => {
    if (!machine.running) return original(id);
    machine.running.timers.delete(id!);
  };
  return {
    setTimeout: (callback: Callback, delay = 0, ...args: unknown[]) => {
      const run = machine.running && machine.owner();
      if (!run) return realSetTimeout(callback, delay, ...args);
      machine.usesLoop(run.index);
      return run.timer(() => callback(...args), delay, machine.clock());
    },
    // Intervals only hold the event loop open.
    setInterval: (callback: Callback, delay = 0, ...args: unknown[]) => {
      const run = machine.running && machine.owner();
      return run
        ? run.timer(callback, Infinity, 0)
        : setInterval(callback, delay, ...args);
    },
    clearTimeout: clear(clearTimeout),
    clearInterval: clear(clearInterval),
  };
}
