import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  AffinityRegistry,
  closureOnce,
  createManualAffinities,
  manualAffinities,
  PerNode,
  PerNuma,
  relocate,
  type RelocateFn,
  type RelocateFnMut,
  type RelocateFnOnce,
  relocateMut,
  relocateOnce,
  Runtime,
  ThreadAwareValidator,
} from "../../mod.ts";

const timeout = 20_000;

Deno.test("the names of thread_aware 0.3 mean what they mean there (T21)", () => {
  assertStrictEquals(createManualAffinities, manualAffinities);
  assertStrictEquals(PerNuma, PerNode);
  assertStrictEquals(relocateOnce, closureOnce);
  const next: RelocateFnMut<[], number> = relocateMut(
    [0],
    (data) => ++data[0]!,
  );
  const last: RelocateFnOnce<[], number> = next;
  assertEquals([next(), last()], [1, 2]);
  // @ts-expect-error It changes its data.
  const constant: RelocateFn<[], number> = next;
  assertStrictEquals<unknown>(constant, next);
});

Deno.test("'relocated' gives what takes the place of a value (T21)", () => {
  const [here, there] = createManualAffinities([2]);
  class Value {
    at: number;
    constructor(at: number) {
      this.at = at;
    }
    relocated(_source: unknown, destination: { processor: number }): Value {
      return new Value(destination.processor);
    }
  }
  const value = new Value(0);
  assertEquals(relocate(value, here!, there!), new Value(1));
  assertEquals(value, new Value(0));
});

Deno.test("ThreadAwareValidator.isValid only where this thread is pinned to its home (T21)", () => {
  const [home, elsewhere] = manualAffinities([2]);
  const validator = new ThreadAwareValidator();
  assertEquals([validator.home, validator.isValid], ["unknown", false]);
  assertEquals(relocate(validator, "unknown", home!).isValid, false);
  const registry = new AffinityRegistry("all");
  const [own] = registry.affinities;
  using _pin = registry.pinTo(own!);
  assert(relocate(validator, home!, own!).isValid);
  assertEquals(relocate(validator, own!, elsewhere!).isValid, false);
  assert(new ThreadAwareValidator().isValid);
});

Deno.test(
  "ThreadAwareValidator.isValid on each worker that it is sent to (T21)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const valid = await runtime.broadcast(
      (validator: ThreadAwareValidator) => validator.isValid,
      new ThreadAwareValidator("unknown"),
    );
    assertEquals(valid, valid.map(() => true));
  },
);
