import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { linked, type LocalFamily } from "../../linked/mod.ts";
import { LocalDisposeError } from "../../mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import {
  accompany,
  DISPOSED,
  disposeHere,
  DISPOSING,
  holdBriefly,
  type Journal,
  MADE,
  type Mourned,
  mourned,
  REJECTING,
  SLOW,
  THROWING,
  WELL,
} from "./fixtures/mourned.ts";

const URL_HERE = "https://example.com/mortals.ts";

/** Journal of a family whose shared state is known by an instance of it. */
function journalOf(family: LocalFamily<Mourned>): Journal {
  return family.create().journal;
}

Deno.test("LocalFamily.dispose() calls 'dispose' with the instance and the shared state, once", async () => {
  const shared = { name: "shared" };
  const calls: unknown[][] = [];
  const family = linked(URL_HERE, "counted", {
    shared: () => shared,
    create: () => ({}),
    dispose: (...args) => void calls.push(args),
  }).family();
  const one = family.create();
  await family.dispose(one);
  await family.dispose(one);
  assertEquals(calls.length, 1);
  assertStrictEquals(calls[0]![0], one);
  assertStrictEquals(calls[0]![1], shared);
});

Deno.test("LocalFamily.dispose() uses the instance's own disposer by default", async () => {
  const calls: string[] = [];
  class Sync {
    [Symbol.dispose]() {
      calls.push("dispose");
    }
  }
  class Async extends Sync {
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      calls.push("asyncDispose");
    }
  }
  for (const Class of [Sync, Async, Object]) {
    const family = linked(URL_HERE, "own", { create: () => new Class() })
      .family();
    await family.dispose(family.create());
  }
  assertEquals(calls, ["dispose", "asyncDispose"]);
});

Deno.test("LocalFamily.dispose() of the instance that stays makes room for another one", async () => {
  const family = linked(URL_HERE, "phoenix", { create: () => ({}) }).family();
  const first = family.here;
  await family.dispose(first);
  assertNotStrictEquals(family.here, first);
  assertStrictEquals(family.here, family.here);
});

Deno.test("LocalFamily.dispose() refuses what is no instance of the family", async () => {
  const make = () => linked(URL_HERE, "strict", { create: () => ({}) });
  const definition = make();
  const family = definition.family();
  const strangers = [
    make().get(),
    definition.get(),
    {},
    [],
    () => {},
    undefined,
    null,
    7,
    "text",
  ];
  for (const stranger of strangers) {
    const error = await assertRejects(
      () => family.dispose(stranger as object),
      TypeError,
    );
    assertStringIncludes(error.message, "strict");
  }
});

Deno.test("LocalFamily.dispose() refuses what handles hold", async () => {
  let disposed = 0;
  const family = linked(URL_HERE, "held", {
    create: () => ({}),
    dispose: () => void disposed++,
  }).family();
  {
    using handle = family.instancePerThread().acquire();
    const error = await assertRejects(
      () => family.dispose(handle.value),
      TypeError,
    );
    assertStringIncludes(error.message, "handle");
    assertEquals(disposed, 0);
  }
  assertEquals(disposed, 1);
});

Deno.test("LocalFamily.dispose() throws what 'dispose' throws, and does not call it again", async () => {
  for (const isAsync of [false, true]) {
    const family = linked(URL_HERE, "angry", {
      create: () => ({}),
      dispose: () => {
        if (isAsync) return Promise.reject(new RangeError("not me"));
        throw new RangeError("not me");
      },
    }).family();
    const first = family.here;
    await assertRejects(() => family.dispose(first), RangeError);
    await family.dispose(first);
    assertNotStrictEquals(family.here, first);
  }
});

Deno.test("InstanceHandle throws what the disposer throws, and holds nothing after that", () => {
  const perThread = linked(URL_HERE, "angry", {
    create: () => ({}),
    dispose: () => {
      throw new RangeError("not me");
    },
  }).family().instancePerThread();
  const handle = perThread.acquire();
  const first = handle.value;
  assertThrows(() => handle[Symbol.dispose](), RangeError);
  assertFalse(perThread.isHeld);
  handle[Symbol.dispose]();
  assertNotStrictEquals(perThread.acquire().value, first);
});

Deno.test("InstanceHandle waits for the disposer with 'await using'", async () => {
  const steps: string[] = [];
  const perThread = linked(URL_HERE, "slow", {
    create: () => ({}),
    dispose: async () => {
      steps.push("disposing");
      await Promise.resolve();
      steps.push("disposed");
    },
  }).family().instancePerThread();
  {
    await using _ = perThread.acquire();
    await using _other = perThread.acquire();
  }
  assertEquals(steps, ["disposing", "disposed"]);
  {
    await using one = perThread.acquire();
    assert(one.value);
  }
  assertEquals(steps.length, 4);
});

Deno.test("a disposer can use the family that it disposes an instance of", () => {
  const family: LocalFamily<{ readonly number: number }> = linked(
    URL_HERE,
    "heir",
    {
      create: () => ({ number: made++ }),
      dispose: ({ number }) => {
        if (number === 0) heir = perThread.acquire();
      },
    },
  ).family();
  let made = 0;
  const perThread = family.instancePerThread();
  let heir: { value: { number: number } } | undefined;
  perThread.acquire()[Symbol.dispose]();
  assertEquals(heir?.value.number, 1);
  assert(perThread.isHeld);
});

testBoth(
  "a worker that ends disposes what it has, the last that was made first",
  async ({ start }) => {
    const runtime = await start({ workers: 1 });
    const local = mourned.family();
    const family = await runtime.link(mourned);
    const journal = family.create().journal;
    const mine = await family.on(0).whoAmI();
    const perThread = family.instancePerThread();
    const other = await runtime.on(0).spawn(accompany, perThread);
    const from = journal.entries.length;
    await runtime.close();
    assertEquals(journal.entries.slice(from), [
      10 * other + DISPOSING,
      10 * other + DISPOSED,
      DISPOSED, // the companion
      10 * mine + DISPOSING,
      10 * mine + DISPOSED,
    ]);
    assertEquals(journalOf(local).entries.length, 1);
  },
);

testBoth(
  "Runtime.resize() disposes the instances of workers that leave, and only these",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(mourned.family());
    const { journal } = family.create();
    const numbers = await family.all().whoAmI();
    await runtime.resize(1);
    const from = journal.entries.length;
    assertEquals(journal.entries.slice(from - 2), [
      10 * numbers[1]! + DISPOSING,
      10 * numbers[1]! + DISPOSED,
    ]);
    await runtime.resize(2);
    const [same, fresh] = await family.all().whoAmI();
    assertEquals(same, numbers[0]);
    assert(!numbers.includes(fresh!));
    assertEquals(journal.entries.slice(from), [10 * fresh! + MADE]);
  },
);

testBoth(
  "Runtime.close() rejects with what disposers of instances threw, and disposes the others",
  async ({ start }) => {
    for (const mood of [THROWING, REJECTING]) {
      const runtime = await start();
      const [angry, calm] = await Promise.all([
        runtime.link(mourned.family()),
        runtime.link(mourned.family()),
      ]);
      angry.create().journal.mood = mood;
      const { journal } = calm.create();
      const error = await assertRejects(
        () => runtime.close(),
        LocalDisposeError,
      );
      assertEquals(
        error.failures.map(({ worker, name }) => [worker, name]),
        [[0, "mourned"], [1, "mourned"]],
      );
      assert(error.errors.every((each) => each instanceof RangeError));
      const disposed = journal.entries.filter((entry) =>
        entry % 10 === DISPOSED
      );
      assertEquals(disposed.length, 2);
    }
  },
);

testBoth(
  "a worker does not end before a disposer is done that nobody waits for",
  async ({ start }) => {
    const runtime = await start({ workers: 1 });
    const family = await runtime.link(mourned.family());
    const { journal } = family.create();
    journal.mood = SLOW;
    const perThread = family.instancePerThread();
    const ended = runtime.on(0).spawn(holdBriefly, perThread);
    await ended;
    journal.mood = WELL;
    await runtime.close();
    const last = journal.entries.filter((entry) => entry % 10 === DISPOSED);
    assertEquals(last.length, 2);
  },
);

testBoth(
  "Runtime.close() tells what a disposer threw for which nobody waited",
  async ({ start }) => {
    const runtime = await start({ workers: 1 });
    const family = await runtime.link(mourned.family());
    const { journal } = family.create();
    journal.mood = REJECTING;
    await runtime.on(0).spawn(holdBriefly, family.instancePerThread());
    // Its disposer has read the mood.
    journal.mood = WELL;
    const error = await assertRejects(() => runtime.close(), LocalDisposeError);
    assertEquals(error.failures.map(({ name }) => name), ["mourned"]);
  },
);

testBoth(
  "the last runtime disposes the starting thread's instance of a family",
  async ({ start }) => {
    const local = mourned.family();
    const [one, other] = await Promise.all([start(), start()]);
    await Promise.all([one.link(local), other.link(local)]);
    const mine = local.here;
    await one.close();
    assertStrictEquals(local.here, mine);
    await other.close();
    const { entries } = mine.journal;
    assertEquals(entries.at(-1), 10 * mine.number + DISPOSED);
    assertNotStrictEquals(local.here, mine);
  },
);

testBoth(
  "LocalFamily.dispose() refuses the instance that a worker hosts",
  async ({ start }) => {
    await using runtime = await start({ workers: 1 });
    const family = await runtime.link(mourned);
    const error = await assertRejects(
      () => runtime.on(0).spawn(disposeHere).then(),
      TypeError,
    );
    for (const word of ["mourned", "worker 0"]) {
      assertStringIncludes(error.message, word);
    }
    assert(await family.on(0).whoAmI() > 0);
  },
);
