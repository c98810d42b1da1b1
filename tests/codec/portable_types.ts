/**
 * What is portable, to the compiler. Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, IsExact } from "@std/testing/types";
import type {
  IsPortable,
  NotPortable,
  Portable,
  PortableArguments,
} from "../../codec/mod.ts";
import type {
  Channel,
  Mutex,
  Receiver,
  Sender,
  SharedCounter,
  SharedStruct,
} from "../../sync/mod.ts";

interface Leafy {
  readonly text: string;
  readonly maybe?: number;
  readonly both: boolean | null | undefined;
}

interface Tree {
  readonly value: Leafy;
  readonly children: readonly Tree[];
  readonly byName: Map<string, Tree>;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

type Shape =
  | { readonly kind: "circle"; readonly radius: number }
  | { readonly kind: "square"; readonly side: bigint };

interface WithMethod {
  readonly x: number;
  norm(): number;
}

class Point {
  readonly x: number = 1;
  get double(): number {
    return 2 * this.x;
  }
  norm(): number {
    return this.x;
  }
}

interface OwnError extends Error {
  readonly limit: number;
  retry(): void;
}

export type Accepted = [
  AssertTrue<IsPortable<number>>,
  AssertTrue<IsPortable<string | undefined | null | bigint | boolean>>,
  AssertTrue<IsPortable<void>>,
  AssertTrue<IsPortable<never>>,
  AssertTrue<IsPortable<Leafy>>,
  AssertTrue<IsPortable<Tree>>,
  AssertTrue<IsPortable<Json>>,
  AssertTrue<IsPortable<Shape>>,
  AssertTrue<IsPortable<readonly [number, ...string[]]>>,
  AssertTrue<IsPortable<number[][]>>,
  AssertTrue<IsPortable<Record<string, Date>>>,
  AssertTrue<IsPortable<Map<Leafy, Set<readonly number[]>>>>,
  AssertTrue<IsPortable<ReadonlyMap<string, ReadonlySet<Date>>>>,
  AssertTrue<IsPortable<Error | RangeError | AggregateError | DOMException>>,
  AssertTrue<IsPortable<OwnError>>,
  AssertTrue<IsPortable<Uint8Array | Float64Array<ArrayBuffer> | DataView>>,
  AssertTrue<IsPortable<ArrayBuffer | SharedArrayBuffer>>,
  AssertTrue<IsPortable<[WebAssembly.Module, WebAssembly.Memory]>>,
  AssertTrue<IsPortable<Mutex | SharedCounter>>,
  AssertTrue<IsPortable<Channel<number> | Sender<string>>>,
  AssertTrue<IsPortable<{ done: Receiver<Date>; seen: SharedCounter }>>,
  AssertTrue<IsPortable<SharedStruct<{ x: "f64" }>>>,
  AssertTrue<IsPortable<MessagePort | ReadableStream<string>>>,
  AssertTrue<IsPortable<unknown>>,
  // deno-lint-ignore no-explicit-any
  AssertTrue<IsPortable<any>>,
  AssertTrue<IsPortable<object>>,
  AssertTrue<IsPortable<"a" | "b">>,
];

export type Refused = [
  AssertFalse<IsPortable<() => void>>,
  AssertFalse<IsPortable<symbol>>,
  AssertFalse<IsPortable<Promise<number>>>,
  AssertFalse<IsPortable<number | Promise<number>>>,
  AssertFalse<IsPortable<PromiseLike<void>>>,
  AssertFalse<IsPortable<WithMethod>>,
  AssertFalse<IsPortable<Point>>,
  AssertFalse<IsPortable<typeof Point>>,
  AssertFalse<IsPortable<{ onDone?: () => void }>>,
  AssertFalse<IsPortable<{ a: { b: [number, symbol] } }>>,
  AssertFalse<IsPortable<readonly Point[]>>,
  AssertFalse<IsPortable<Map<string, Point>>>,
  AssertFalse<IsPortable<Map<() => void, string>>>,
  AssertFalse<IsPortable<Set<WithMethod>>>,
  AssertFalse<IsPortable<WeakMap<object, string>>>,
  AssertFalse<IsPortable<WeakSet<object> | WeakRef<object>>>,
  AssertFalse<IsPortable<RegExp>>,
  AssertFalse<IsPortable<URL>>,
  AssertFalse<IsPortable<AbortSignal>>,
  AssertFalse<IsPortable<Generator<number>>>,
  AssertFalse<IsPortable<AsyncGenerator<number>>>,
  AssertFalse<IsPortable<Shape | (() => void)>>,
];

export type Reasons = [
  AssertTrue<IsExact<Portable<Leafy>, Leafy>>,
  AssertTrue<
    IsExact<
      Portable<{ f: () => void }>,
      { f: NotPortable<"it is a function"> }
    >
  >,
  AssertTrue<
    IsExact<PortableArguments<[a: number, b?: Date]>, [a: number, b?: Date]>
  >,
];

/** As a runtime has it; never run. */
export function spawn<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: PortableArguments<A>
): R {
  return fn(...args as A);
}

/** Calls as a user writes them; never run. */
export function calls(mutex: Mutex, tree: Tree): void {
  const sum: number = spawn((a: number, b: number) => a + b, 1, 2);
  spawn((list: readonly string[]) => list.length, ["a", "b"]);
  spawn((all: Tree, one: Mutex) => [all, one], tree, mutex);
  spawn((...all: number[]) => all.length, 1, 2, 3);
  spawn((shape: Shape) => shape.kind, { kind: "circle", radius: sum });
  spawn(() => 1);

  // @ts-expect-error An argument is missing.
  spawn((a: number, b: number) => a + b, 1);
  // @ts-expect-error An argument is of another type.
  spawn((a: number) => a, "1");
  // @ts-expect-error A function.
  spawn((f: () => void) => f(), () => {});
  // @ts-expect-error An instance with methods.
  spawn((point: Point) => point.norm(), new Point());
  // @ts-expect-error A promise.
  spawn(async (n: Promise<number>) => await n, Promise.resolve(1));
  // @ts-expect-error A function in an option.
  spawn((o: { onDone(): void }) => o.onDone(), { onDone: () => {} });
}
