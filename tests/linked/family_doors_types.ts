/**
 * The ways to call a family, and what its instances tell each other, to the compiler.
 * Only checked.
 *
 * @module
 */

import type { AssertFalse, AssertTrue, Has, IsExact } from "@std/testing/types";
import {
  type Family,
  type Forwarded,
  type LinkContext,
  type Linked,
  linked,
  type LocalFamily,
  type Remote,
  type Siblings,
} from "../../linked/mod.ts";
import type { Runtime } from "../../workers/mod.ts";

class Store {
  readonly size: number = 0;
  add(a: number, b?: string): number {
    return a + (b?.length ?? 0);
  }
  slow(): Promise<Map<string, number>> {
    return Promise.resolve(new Map());
  }
  self(): this {
    return this;
  }
  listen(listener: () => void): void {
    listener();
  }
  *items(to: number): Generator<number> {
    yield to;
  }
}

type ForwardedStore = Forwarded<Store>;

/** What is forwarded keeps its parameters, and gives nothing. */
export type _Methods = [
  AssertTrue<IsExact<ForwardedStore["add"], (a: number, b?: string) => void>>,
  AssertTrue<IsExact<ForwardedStore["slow"], () => void>>,
  // Its result cannot be sent, and is not.
  AssertTrue<IsExact<ForwardedStore["self"], () => void>>,
  AssertFalse<Has<keyof ForwardedStore, "size">>,
  AssertFalse<Has<ForwardedStore["listen"], (...args: never) => unknown>>,
  AssertFalse<Has<ForwardedStore["items"], (...args: never) => unknown>>,
];

/** All doors lead to the same instances. */
export type _Doors = [
  AssertTrue<IsExact<ReturnType<Family<Store>["any"]>, Remote<Store>>>,
  AssertTrue<IsExact<ReturnType<Family<Store>["leastLoaded"]>, Remote<Store>>>,
  AssertTrue<IsExact<ReturnType<Family<Store>["roundRobin"]>, Remote<Store>>>,
  AssertTrue<IsExact<ReturnType<Family<Store>["forKey"]>, Remote<Store>>>,
  AssertTrue<IsExact<ReturnType<Family<Store>["near"]>, Remote<Store>>>,
];

/** Calls as a user writes them; never run. */
export async function calls(family: Family<Store>): Promise<void> {
  const sum: number = await family.forKey("Ada").add(1, "b");
  await family.forKey(7).add(sum);
  await family.near(0).slow();
  await family.near().add(1);
  await family.roundRobin().add(1);
  for await (const item of family.leastLoaded().items(3)) void (item + 1);
  const forward = family.forward({ onFailure: (error: unknown) => error });
  const nothing: void = forward.all().add(1);
  forward.on(0).self();
  forward.forKey("Ada").slow();

  // @ts-expect-error A key is a text or a number.
  family.forKey({});
  // @ts-expect-error A node is a number, or an affinity.
  family.near("zero");
  // @ts-expect-error A parameter is of another type.
  forward.any().add("1");
  // @ts-expect-error A parameter cannot be sent.
  forward.any().listen(() => {});
  // @ts-expect-error Nobody would read what it yields.
  forward.any().items(1);
  // @ts-expect-error There is nothing to wait for.
  forward.any().add(1).then();
  // @ts-expect-error A method that there is not.
  forward.any().other();
  // @ts-expect-error A failure is told to a function.
  family.forward({ onFailure: "log" });
  return nothing;
}

interface Word {
  readonly text: string;
}

class Talker {
  readonly context: LinkContext<Word>;
  readonly start: number;
  constructor(context: LinkContext<Word>, start: number) {
    this.context = context;
    this.start = start;
  }
}

/** Definitions as a user writes them; never run. */
export async function definitions(runtime: Runtime): Promise<void> {
  const one: Linked<Talker> = linked("file:///a.ts", "one", {
    shared: () => ({ start: 1 }),
    counters: ["said"],
    reserve: 1024,
    create: ({ start }, context: LinkContext<Word>) =>
      new Talker(context, start),
  });
  linked("file:///a.ts", "two", {
    create: (shared, { siblings, counter }) => {
      const nothing: undefined = shared;
      const untyped: Siblings<unknown> = siblings;
      counter("said").add(2);
      return { nothing, untyped };
    },
  });
  linked("file:///a.ts", "store", { create: () => new Store() });
  const family: Family<Talker> = await runtime.link(one);
  const local: LocalFamily<Talker> = one.family();
  const same: Family<Talker> = await runtime.link(local);
  const said: number = family.counter("said").value;

  const { siblings } = same.here.context;
  siblings.send(0, { text: "a" });
  siblings.broadcast({ text: "b" });
  const word: Word | undefined = siblings.tryRecv();
  const next: Word = siblings.recv({ timeout: said });
  for await (const { text } of siblings) void text.length;
  // @ts-expect-error A message is of another type.
  siblings.send(0, { text: 1 });
  // @ts-expect-error Instances are counted from 0 on.
  siblings.send("0", { text: "a" });
  const wild = siblings as unknown as Siblings<() => void>;
  // @ts-expect-error A message cannot be sent.
  wild.send(0, () => {});
  // @ts-expect-error Names of counters are texts.
  linked("file:///a.ts", "three", { counters: [1], create: () => ({}) });
  // @ts-expect-error The context is that of another class.
  linked("file:///a.ts", "four", { create: (_s, c: Siblings) => ({ c }) });
  return void [word, next];
}
