/**
 * How instances look from another thread, to the compiler. Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, Has, IsExact } from "@std/testing/types";
import {
  type Family,
  type Linked,
  linked,
  type MethodName,
  type Remote,
  type RemoteAll,
} from "../../linked/mod.ts";
import type { Callback } from "../../workers/mod.ts";
import type { NotPortable } from "../../codec/mod.ts";

class Store {
  readonly size: number = 0;
  readonly label: string | undefined;
  readonly own = (text: string): string => text;
  protected kept(): void {}
  private hidden(): void {}
  #secret(): void {}
  get accessor(): number {
    return 1;
  }
  none(): void {
    this.hidden();
    this.#secret();
  }
  add(a: number, b?: string): number {
    return a + (b?.length ?? 0);
  }
  rest(...items: boolean[]): number {
    return items.length;
  }
  slow(): Promise<Map<string, number>> {
    return Promise.resolve(new Map());
  }
  maybe(): number | Promise<string> {
    return 1;
  }
  identity<T extends string>(value: T): T {
    return value;
  }
  narrow(this: Store, kind: "a" | "b"): Store["size"] {
    return kind.length;
  }
}

/** Methods that other threads cannot call. */
interface Shy {
  listen(listener: () => void): void;
  self(): this;
  wait(): Promise<() => void>;
  when(options: { readonly then?: Promise<void> }): number;
  hand(family: Family<Store>): void;
  fine(options: { readonly names: readonly string[] }): Error | undefined;
}

type Names =
  | "own"
  | "none"
  | "add"
  | "rest"
  | "slow"
  | "maybe"
  | "identity"
  | "narrow";

export type MethodNames = [
  AssertTrue<IsExact<MethodName<Store>, Names>>,
  AssertTrue<IsExact<keyof Remote<Store>, Names>>,
  AssertTrue<IsExact<keyof RemoteAll<Store>, Names>>,
  AssertFalse<Has<keyof Remote<Store>, "size">>,
  AssertFalse<Has<keyof Remote<Store>, "accessor">>,
  AssertFalse<Has<keyof Remote<Store>, "hidden">>,
  AssertFalse<Has<keyof Remote<Store>, "kept">>,
  AssertTrue<IsExact<keyof Remote<{ data: number }>, never>>,
];

type One<K extends Names> = Remote<Store>[K];
type All<K extends Names> = RemoteAll<Store>[K];

export type MethodsOfOne = [
  AssertTrue<IsExact<One<"own">, (text: string) => Promise<string>>>,
  AssertTrue<IsExact<One<"none">, () => Promise<void>>>,
  AssertTrue<IsExact<One<"add">, (a: number, b?: string) => Promise<number>>>,
  AssertTrue<
    IsExact<One<"rest">, (...items: boolean[]) => Promise<number>>
  >,
  AssertTrue<IsExact<One<"slow">, () => Promise<Map<string, number>>>>,
  AssertTrue<IsExact<One<"maybe">, () => Promise<number | string>>>,
  AssertTrue<IsExact<One<"identity">, (value: string) => Promise<string>>>,
  AssertTrue<IsExact<One<"narrow">, (kind: "a" | "b") => Promise<number>>>,
];

export type MethodsOfAll = [
  AssertTrue<IsExact<All<"none">, () => Promise<void[]>>>,
  AssertTrue<IsExact<All<"add">, (a: number, b?: string) => Promise<number[]>>>,
  AssertTrue<IsExact<All<"slow">, () => Promise<Map<string, number>[]>>>,
  AssertTrue<IsExact<All<"maybe">, () => Promise<(number | string)[]>>>,
];

export class Spring {
  *drops(count: number): Generator<string, number> {
    yield String(count);
    return count;
  }
  async *lines(): AsyncGenerator<{ text: string }> {
    yield await Promise.resolve({ text: "" });
  }
  async *asIterable(): AsyncIterable<number> {
    yield await Promise.resolve(1);
  }
  *unsendable(): Generator<symbol> {}
  list(): string[] {
    return [];
  }
  map(): Map<string, number> {
    return new Map();
  }
  // deno-lint-ignore no-explicit-any -- that is what is tested
  any(): any {}
  listen(_tell: Callback<[string], void>): void {}
  bytes(): ReadableStream<Uint8Array> {
    return new ReadableStream();
  }
}

export type MethodsThatYield = [
  AssertTrue<
    IsExact<
      Remote<Spring>["drops"],
      (count: number) => AsyncIterableIterator<string>
    >
  >,
  AssertTrue<
    IsExact<
      Remote<Spring>["lines"],
      () => AsyncIterableIterator<{ text: string }>
    >
  >,
  AssertTrue<
    IsExact<Remote<Spring>["asIterable"], () => AsyncIterableIterator<number>>
  >,
  AssertTrue<
    IsExact<
      RemoteAll<Spring>["asIterable"],
      () => AsyncIterableIterator<number>[]
    >
  >,
  AssertTrue<
    IsExact<
      Remote<Spring>["unsendable"],
      NotPortable<"the result of the method">
    >
  >,
  AssertTrue<IsExact<Remote<Spring>["list"], () => Promise<string[]>>>,
  AssertTrue<
    IsExact<Remote<Spring>["map"], () => Promise<Map<string, number>>>
  >,
  // deno-lint-ignore no-explicit-any -- that is what is tested
  AssertTrue<IsExact<Remote<Spring>["any"], () => Promise<any>>>,
  AssertTrue<
    IsExact<Remote<Spring>["bytes"], () => Promise<ReadableStream<Uint8Array>>>
  >,
  AssertTrue<
    IsExact<
      Remote<Spring>["listen"],
      (tell: Callback<[string], void>) => Promise<void>
    >
  >,
];

type NoArgument = NotPortable<"an argument of the method">;
type NoResult = NotPortable<"the result of the method">;

export type MethodsThatCannotBeCalled = [
  AssertTrue<IsExact<Remote<Shy>["listen"], NoArgument>>,
  AssertTrue<IsExact<Remote<Shy>["self"], NoResult>>,
  AssertTrue<IsExact<Remote<Shy>["wait"], NoResult>>,
  AssertTrue<IsExact<RemoteAll<Shy>["when"], NoArgument>>,
  AssertTrue<
    IsExact<
      Remote<Shy>["fine"],
      (
        options: { readonly names: readonly string[] },
      ) => Promise<Error | undefined>
    >
  >,
];

/** They say so where they are called; never run. */
export async function shyCalls(family: Family<Shy>): Promise<void> {
  await family.on(0).fine({ names: [] });
  await family.on(0).hand(family as unknown as Family<Store>);
  // @ts-expect-error A function cannot be sent.
  await family.on(0).listen(() => {});
  // @ts-expect-error An instance cannot be sent back.
  await family.all().self();
}

/** Calls as a user writes them; never run. */
export async function calls(family: Family<Store>): Promise<void> {
  const one = family.on(0);
  const sum: number = await one.add(1, "b");
  const sums: number[] = await family.all().add(sum);
  const here: number = family.here.add(1);
  await family.any().rest(true, false, sums.length === here);

  // @ts-expect-error A parameter is of another type.
  await one.add("1");
  // @ts-expect-error One argument too many.
  await one.none(1);
  // @ts-expect-error One argument too few.
  await one.add();
  // @ts-expect-error Not one of the values.
  await one.narrow("c");
  // @ts-expect-error The same for all.
  await family.all().add("1");
  // @ts-expect-error A field is on its own thread only.
  one.size;
  // @ts-expect-error An accessor is no method.
  one.accessor;
  // @ts-expect-error A private method.
  await one.hidden();
  // @ts-expect-error A protected method.
  await one.kept();
  // @ts-expect-error A method that there is not.
  await one.other();
  // @ts-expect-error A stub cannot be changed.
  one.none = () => Promise.resolve();
  // @ts-expect-error A call gives a promise, not the result.
  const direct: number = one.add(1);
  // @ts-expect-error The index is a number.
  family.on("0");
  return void direct;
}

/** Definitions as a user writes them; never run. */
export function definitions(): void {
  const one: Linked<Store> = linked("file:///a.ts", "one", {
    create: () => new Store(),
  });
  linked("file:///a.ts", "two", {
    shared: () => ({ list: [1] }),
    create: ({ list }): { first(): number } => ({ first: () => list[0] ?? 0 }),
  });
  // @ts-expect-error The shared state is of another type.
  linked("file:///a.ts", "b", { shared: () => 1, create: (s: string) => [s] });
  // @ts-expect-error An instance is an object.
  linked("file:///a.ts", "c", { create: () => 1 });
  // @ts-expect-error 'create' is needed.
  linked("file:///a.ts", "d", { shared: () => 1 });
  // @ts-expect-error The instances are of another type.
  const other: Linked<Map<string, number>> = one;
  return void other;
}
