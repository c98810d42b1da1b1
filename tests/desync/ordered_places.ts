/**
 * Where the objects of the common cases live.
 *
 * @module
 */

import {
  Desync,
  type Ordered,
  type OrderedOptions,
  type Reference,
} from "../../desync/mod.ts";
import { type RuntimeKind, startAs } from "../workers/both_runtimes.ts";

/** An object of any kind. */
export type AnyDesync<T> = Ordered<[ref: Reference<T>]>;

/** Makes objects until it is disposed of. */
export interface Place extends AsyncDisposable {
  make<T>(
    value: T,
    options?: OrderedOptions<[ref: Reference<T>]>,
  ): Promise<AnyDesync<T>>;
}

/** A kind of objects. */
export interface PlaceKind {
  /** For the names of tests. */
  readonly name: string;
  /** Opens a place. */
  open(): Promise<Place>;
}

/** Objects of this thread. */
export const HERE: PlaceKind = {
  name: "on this thread",
  open: () =>
    Promise.resolve({
      make: (value, options) => Promise.resolve(new Desync(value, options)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

/** Objects on the only worker of a runtime. */
function onWorker(name: string, kind: RuntimeKind): PlaceKind {
  return {
    name,
    open: async () => {
      const runtime = await startAs(kind, { workers: 1 });
      return {
        make: (value, options) =>
          Desync.on(runtime, (value: never) => value, {
            ...options,
            args: [value],
          }),
        [Symbol.asyncDispose]: () => runtime.close(),
      };
    },
  };
}

/** Every kind there is. */
export const PLACES: readonly PlaceKind[] = [
  HERE,
  onWorker("on a worker", "threads"),
  onWorker("on an inline worker", "inline"),
];
