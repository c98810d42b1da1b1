/** Model tests of `StripedCounter`: two threads in all interleavings, three too. */

import { assert, assertEquals } from "@std/assert";
import {
  StripedCounter,
  type StripedCounterHandle,
} from "../../sync/value/striped_counter.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, type Ending, exploredEnds } from "./program.ts";

type Module = Pick<
  typeof import("../../sync/value/striped_counter.ts"),
  "StripedCounter"
>;
type Role = (counter: StripedCounter) => unknown;

function scene(
  roles: readonly Role[],
  valid: (results: readonly unknown[], value: number) => boolean,
  { stripes = 2, module = { StripedCounter } as Module } = {},
): Ending<StripedCounterHandle> {
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      return new module.StripedCounter({ stripes }).handle;
    },
    threads: roles.map((role) => (handle) =>
      role(module.StripedCounter.from(handle))
    ),
    check: (handle, results) => {
      const { value } = module.StripedCounter.from(handle);
      ends.add(`${results.join()} ${value}`);
      assert(valid(results, value), `${results.join()} ${value}`);
    },
    preemptions: Infinity,
  };
}

const adds: Role = (counter) => {
  counter.add(1);
  counter.add(2);
};
const looks: Role = (counter) => [counter.value, counter.value];
const takes: Role = (counter) => counter.take() + counter.take();

Deno.test("StripedCounter.value has each addition that has ended, and never goes back", async () => {
  for (const stripes of [1, 2]) {
    const ends = await exploredEnds(
      scene([adds, looks, adds], ([, looked], value) => {
        const [first, second] = looked as number[];
        return value === 6 && first! <= second! && second! <= 6;
      }, { stripes }),
    );
    assert(ends.length > 10);
  }
  assertEquals(
    await exploredEnds(scene([(counter) => {
      counter.add(3);
      return counter.value >= 3;
    }, adds], ([seen], value) => seen === true && value === 6)),
    ["true, 6"],
  );
});

Deno.test("StripedCounter.take() takes each addition once", async () => {
  await exploredEnds(
    scene(
      [adds, takes, adds],
      ([, taken], value) => taken as number + value === 6,
    ),
  );
  await exploredEnds(
    scene(
      [takes, takes, adds],
      ([one, other], value) => one as number + (other as number) + value === 3,
    ),
  );
});

Deno.test("StripedCounter: the checker finds its mutants", async () => {
  const mutants: readonly Edit[] = [
    [
      "Atomics.add(this.#words, this.#mine, long);",
      "Atomics.store(this.#words, this.#mine, Atomics.load(this.#words, this.#mine) + long);",
    ],
    [
      "sum += Atomics.exchange(this.#words, at, 0n);",
      "sum += Atomics.load(this.#words, at); Atomics.store(this.#words, at, 0n);",
    ],
  ];
  for (const edit of mutants) {
    const module = await mutant<Module>("sync/value/striped_counter.ts", [
      edit,
    ]);
    await refuses(
      "exception",
      scene(
        [adds, takes, adds],
        ([, taken], value) => taken as number + value === 6,
        { module },
      ),
    );
  }
});
