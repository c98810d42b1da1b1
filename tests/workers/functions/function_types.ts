/**
 * How functions for workers look to the compiler. Only checked.
 *
 * @module
 */

import type { IsExact } from "@std/testing/types";
import type { PortableArguments } from "../../../codec/portable.ts";
import {
  portable,
  type SharedCounter,
  type Spawner,
  type Task,
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

/** A function and portable arguments for it, as in the signature of a method. */
declare function send<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: PortableArguments<A>
): R;

interface Job {
  readonly name: string;
  readonly parts: readonly Map<string, Float32Array>[];
  readonly due?: Date;
}

/** Arguments that a function can be sent with, and what the compiler makes of them. */
export function sends(job: Job, shared: SharedCounter): void {
  const sum: number = send((a: number, b: number) => a + b, 1, 2);
  // Parameters without a type take that of the arguments.
  const taken: number = send((n, text) => n + text.length, 1, "a");
  const element: string | undefined = send((list) => list[0], ["a"]);
  send((one: Job) => one.name, job);
  send((one: Job) => one.name, { name: "a", parts: [] });
  send((counter: SharedCounter) => counter.value, shared);
  send((a: number, b?: string) => a + (b ?? ""), 1);
  send((a: number, b: number = 1) => a + b, 1);
  send((...all: number[]) => all, 1, 2);
  send((kind: "a" | "b") => kind, "a");
  send((list: readonly string[]) => list, ["a"]);
  send((map: Map<string, number>) => map, new Map());
  send((either: number | string) => either, 1);
  send(<T extends string>(text: T): T => text, "a");
  // What the compiler does not know is left to the run.
  send((value: unknown) => value, () => {});

  // @ts-expect-error A parameter is of another type.
  send((n: number) => n, "1");
  // @ts-expect-error One argument too few.
  send((n: number) => n);
  // @ts-expect-error One argument too many.
  send((n: number) => n, 1, 2);
  // @ts-expect-error A function cannot be sent.
  send((done: () => void) => done(), () => {});
  // @ts-expect-error Nor in an object.
  send((options: { done(): void }) => options.done(), { done() {} });
  // @ts-expect-error Nor in an element.
  send((list: (() => void)[]) => list, [() => {}]);
  // @ts-expect-error A symbol cannot be sent.
  send((n: number, symbol: symbol) => [n, symbol], 1, Symbol());
  // @ts-expect-error A promise has to be awaited.
  send((soon: Promise<number>) => soon, Promise.resolve(1));
  // @ts-expect-error A class stays where it is.
  send((type: typeof Date) => new type(), Date);
  return void [sum, taken, element];
}
