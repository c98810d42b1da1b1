/**
 * How functions for workers look to the compiler. Only checked.
 *
 * @module
 */

import type { IsExact } from "@std/testing/types";
import {
  type Callback,
  callback,
  type JoinSet,
  LocalRef,
  portable,
  type SharedCounter,
  type Spawner,
  type Task,
  type TaskStream,
} from "../../../mod.ts";

/** `portable()` gives back what it takes; never run. */
export function given(): void {
  const generic = portable(
    import.meta.url,
    function generic<T extends string>(value: T): T {
      return value;
    },
  );
  const streaming = portable(
    import.meta.url,
    async function* streaming(n: number): AsyncGenerator<number, string> {
      yield await n;
      return "end";
    },
  );
  type Generic = <T extends string>(value: T) => T;
  type Streaming = (n: number) => AsyncGenerator<number, string>;
  const same: [
    IsExact<typeof generic, Generic>,
    IsExact<typeof streaming, Streaming>,
  ] = [true, true];
  return void same;
}

/** Calls as a user writes them; never run. */
export function portables(): void {
  portable("file:///a.ts", (this_: Date, n?: number) => [this_, n]);
  // @ts-expect-error A class cannot be called.
  portable("file:///a.ts", class A {});
  // @ts-expect-error Not a function.
  portable("file:///a.ts", {});
  // @ts-expect-error The URL is a text.
  portable(new URL("file:///a.ts"), () => 1);
}

/** Calls as a user writes them; never run. */
export function spawns(on: Spawner): void {
  const none: Task<void> = on.spawn(() => {});
  const sum: Task<number> = on.spawn((a: number, b: number) => a + b, 1, 2);
  const awaited: Task<number> = on.spawn(async (n: number) => await n, 1);
  const kind: Task<"a" | "b"> = on.spawn((k: "a" | "b") => k, "a");
  const wide: Task<number> = on.spawn((n: number | string) => Number(n), "1");
  const optional: Task<number> = on.spawn((a: number, b?: number) => b ?? a, 1);
  const given: Task<number> = on.spawn((a: number, b = 1) => a + b, 1, 2);
  const rest: Task<number> = on.spawn((...all: number[]) => all.length, 1, 2);
  const list: Task<string[]> = on.spawn((all: readonly string[]) => [...all], [
    "a",
  ]);
  const object: Task<number> = on.spawn(
    ({ n }: { n: number; text?: string }) => n,
    { n: 1 },
  );
  const all: Promise<string[]> = on.broadcast((n: number) => `${n}`, 1);
  const exported: Task<string> = on.spawn(
    <T extends string>(a: T): T => a,
    "a",
  );

  // @ts-expect-error A parameter is of another type.
  on.spawn((n: number) => n, "1");
  // @ts-expect-error One argument too few.
  on.spawn((a: number, b: number) => a + b, 1);
  // @ts-expect-error One argument too many.
  on.spawn((a: number) => a, 1, 2);
  // @ts-expect-error Not one of the values.
  on.spawn((k: "a" | "b") => k, "c");
  // @ts-expect-error The result is of another type.
  const text: Task<string> = on.spawn(() => 1);
  // @ts-expect-error Not a function.
  on.spawn("f");
  // @ts-expect-error A class cannot be called.
  on.spawn(class A {});
  // @ts-expect-error Too few on every worker, too.
  on.broadcast((n: number) => n);
  return void [
    ...[none, sum, awaited, kind, wide, optional, given, rest, list, object],
    ...[all, exported, text],
  ];
}

interface Job {
  readonly name: string;
  readonly parts: readonly Map<string, Float32Array>[];
  readonly due?: Date;
}

/** Arguments that a function can be sent with, and what the compiler makes of them. */
export function sends(on: Spawner, job: Job, shared: SharedCounter): void {
  const sum: Task<number> = on.spawn((a: number, b: number) => a + b, 1, 2);
  // Parameters without a type take that of the arguments.
  const taken: Task<number> = on.spawn((n, text) => n + text.length, 1, "a");
  const element: Task<string | undefined> = on.spawn((list) => list[0], ["a"]);
  on.spawn((one: Job) => one.name, job);
  on.spawn((one: Job) => one.name, { name: "a", parts: [] });
  on.spawn((counter: SharedCounter) => counter.value, shared);
  on.spawn((a: number, b?: string) => a + (b ?? ""), 1);
  on.spawn((a: number, b: number = 1) => a + b, 1);
  on.spawn((...all: number[]) => all, 1, 2);
  on.spawn((kind: "a" | "b") => kind, "a");
  on.spawn((list: readonly string[]) => list, ["a"]);
  on.spawn((map: Map<string, number>) => map, new Map());
  on.spawn((either: number | string) => either, 1);
  on.spawn(<T extends string>(text: T): T => text, "a");
  // What the compiler does not know is left to the run.
  on.spawn((value: unknown) => value, () => {});

  // @ts-expect-error A parameter is of another type.
  on.spawn((n: number) => n, "1");
  // @ts-expect-error One argument too few.
  on.spawn((n: number) => n);
  // @ts-expect-error One argument too many.
  on.spawn((n: number) => n, 1, 2);
  // @ts-expect-error A function cannot be sent.
  on.spawn((done: () => void) => done(), () => {});
  // @ts-expect-error Nor in an object.
  on.spawn((options: { done(): void }) => options.done(), { done() {} });
  // @ts-expect-error Nor in an element.
  on.spawn((list: (() => void)[]) => list, [() => {}]);
  // @ts-expect-error A symbol cannot be sent.
  on.spawn((n: number, symbol: symbol) => [n, symbol], 1, Symbol());
  // @ts-expect-error A promise has to be awaited.
  on.spawn((soon: Promise<number>) => soon, Promise.resolve(1));
  // @ts-expect-error A class stays where it is.
  on.spawn((type: typeof Date) => new type(), Date);
  return void [sum, taken, element];
}

/** Results that can be sent back, and what the compiler makes of them. */
export function returns(on: Spawner, job: Job, shared: SharedCounter): void {
  const never: Task<never> = on.spawn((): never => {
    throw new Error();
  });
  const soon: Task<Job> = on.spawn((one: Job) => Promise.resolve(one), job);
  const given: Task<SharedCounter> = on.spawn(
    (one: SharedCounter) => one,
    shared,
  );
  const called: Task<void> = on.spawn(
    (tell: Callback<[number], void>) => void tell(1),
    callback((n: number) => void n),
  );
  const referred: Task<number> = on.spawn(
    (ref: LocalRef<SharedCounter>) => ref.get().value,
    new LocalRef(shared),
  );
  // What the compiler does not know is left to the run.
  const unknown: Task<unknown> = on.spawn(
    (text: string) => JSON.parse(text),
    "",
  );

  // @ts-expect-error A function cannot be sent back.
  on.spawn(() => () => 1);
  // @ts-expect-error Nor by a promise.
  on.spawn(async () => await Promise.resolve(() => 1));
  // @ts-expect-error Nor in an object.
  on.spawn((n: number) => ({ get: () => n }), 1);
  // @ts-expect-error Nor a symbol.
  on.spawn(() => Symbol());
  // @ts-expect-error A generator is for stream().
  on.spawn(function* () {
    yield 1;
  });
  // @ts-expect-error Not from any worker.
  on.broadcast(() => () => 1);
  // @ts-expect-error Not to them, either.
  on.broadcast((done: () => void) => done(), () => {});
  return void [never, soon, given, called, referred, unknown];
}

/** Streams, mappings and sets refuse what tasks do; never run. */
export function flows(on: Spawner, set: JoinSet<number>): void {
  const numbers: TaskStream<number> = on.stream(function* (end: number) {
    for (let n = 0; n < end; n++) yield n;
  }, 1);
  const texts: TaskStream<string> = on.stream(async function* () {
    yield await Promise.resolve("a");
  });
  const listed: TaskStream<number> = on.stream(() => Promise.resolve([1]));
  const squares: AsyncGenerator<number, void, undefined> = on.map(
    [1, 2],
    (n: number) => n * n,
  );
  const inferred: AsyncGenerator<string, void, undefined> = on.map(
    new Set([1]),
    (n) => Promise.resolve(n.toFixed()),
  );
  const task: Task<number> = set.spawn((n: number) => Promise.resolve(n), 1);

  // @ts-expect-error It yields functions.
  on.stream(function* () {
    yield () => 1;
  });
  // @ts-expect-error A function cannot be sent.
  on.stream((done: () => void) => [done()], () => {});
  // @ts-expect-error It gives functions.
  on.map([1], (n: number) => () => n);
  // @ts-expect-error The items are functions.
  on.map([() => 1], (fn: () => number) => fn());
  // @ts-expect-error The items are of another type.
  on.map(["a"], (n: number) => n);
  // @ts-expect-error Not what the set is of.
  set.spawn(() => "a");
  // @ts-expect-error A function cannot be sent.
  set.spawn((fn: () => number) => fn(), () => 1);
  return void [numbers, texts, listed, squares, inferred, task];
}
