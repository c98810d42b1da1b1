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
import {
  type FamilyHandle,
  familyOf,
  type InstancePerThread,
  type Linked,
  linked,
  LocalFamily,
} from "../../linked/mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { crowd, type Guest } from "./fixtures/crowd.ts";
import {
  lines,
  perThreadOf,
  readHere,
  strangers,
  writeHere,
} from "./fixtures/lines.ts";

const URL_HERE = "https://example.com/statics.ts";

Deno.test("Linked.static is made on first use, and once", () => {
  let made = 0;
  const definition = linked(URL_HERE, "lazy", {
    shared: () => ({ number: ++made }),
    create: (shared) => ({ shared }),
  });
  assertEquals(made, 0);
  assertEquals(definition.get().shared, { number: 1 });
  assertStrictEquals(definition.here.shared, definition.get().shared);
  assertStrictEquals(definition.static.here, definition.here);
  assertEquals(made, 1);
});

Deno.test("Linked.family() makes families that share nothing", () => {
  const definition = linked(URL_HERE, "apart", {
    shared: () => ({ list: [] as number[] }),
    create: (shared) => ({ shared }),
  });
  const families = [definition.family(), definition.family()];
  for (const family of families) {
    assert(family instanceof LocalFamily);
    assertStrictEquals(family.definition, definition);
    assertStrictEquals(family.create().shared, family.here.shared);
    assertNotStrictEquals(family.here.shared, definition.here.shared);
  }
  const [one, other] = families;
  assertNotStrictEquals(one!.here.shared, other!.here.shared);
});

Deno.test("definitions of one name and URL are families of their own", () => {
  const make = () =>
    linked(URL_HERE, "twin", {
      shared: () => ({}),
      create: (shared) => ({ shared }),
    });
  assertNotStrictEquals(make().here.shared, make().here.shared);
});

Deno.test("Linked.get() tries again after 'shared' has thrown", () => {
  let left = 2;
  const definition = linked(URL_HERE, "slow starter", {
    shared: () => {
      if (left-- > 0) throw new RangeError("not yet");
      return { ready: true };
    },
    create: (shared) => ({ shared }),
  });
  assertThrows(() => definition.get(), RangeError);
  assertThrows(() => definition.here, RangeError);
  assertEquals(definition.get().shared, { ready: true });
  assertEquals(left, -1);
});

Deno.test("Linked refuses 'shared' that uses the family which it is for", () => {
  for (
    const use of [
      (definition: Linked<object>) => definition.get(),
      (definition: Linked<object>) => definition.family(),
    ]
  ) {
    const definition: Linked<object> = linked(URL_HERE, "ouroboros", {
      shared: () => ({ inner: use(definition) }),
      create: () => ({}),
    });
    const error = assertThrows(() => definition.here, TypeError);
    assertStringIncludes(error.message, "ouroboros");
    assertThrows(() => definition.family(), TypeError);
  }
});

Deno.test("Linked refuses 'shared' that is async", () => {
  const definition = linked(URL_HERE, "patient", {
    shared: () => Promise.reject(new Error("of the promise")),
    create: () => ({}),
  });
  const error = assertThrows(() => definition.get(), TypeError);
  assertStringIncludes(error.message, "patient");
  assertStringIncludes(error.message, "promise");
});

Deno.test("LocalFamily.here tries again after 'create' has thrown", () => {
  let left = 2;
  const family = linked(URL_HERE, "shy", {
    create: () => {
      if (left-- > 0) throw new RangeError("not yet");
      return {};
    },
  }).family();
  assertThrows(() => family.here, RangeError);
  const perThread = family.instancePerThread();
  assertThrows(() => perThread.acquire(), RangeError);
  assertFalse(perThread.isHeld);
  assertStrictEquals(family.here, family.here);
  assertEquals(left, -1);
});

Deno.test("LocalFamily.here can be asked for while it is made, and is one instance", () => {
  const made: object[] = [];
  const family: LocalFamily<object> = linked(URL_HERE, "narcissus", {
    create: () => {
      const instance = {};
      if (made.push(instance) === 1) assertStrictEquals(family.here, made[1]);
      return instance;
    },
  }).family();
  assertStrictEquals(family.here, made[1]);
  assertStrictEquals(family.here, made[1]);
  assertEquals(made.length, 2);
});

Deno.test("LocalFamily refuses 'create' that asks for its instance without end", () => {
  const family: LocalFamily<object> = linked(URL_HERE, "droste", {
    create: () => ({ inner: family.here }),
  }).family();
  const perThread = family.instancePerThread();
  const other = linked(URL_HERE, "droste", {
    create: (): object => ({ inner: held.acquire() }),
  });
  const held: InstancePerThread<object> = other.family().instancePerThread();
  for (
    const use of [
      () => family.here,
      () => perThread.acquire(),
      () => held.acquire(),
    ]
  ) {
    const error = assertThrows(use, TypeError);
    assertStringIncludes(error.message, "droste");
  }
});

Deno.test("LocalFamily.from() gives the family that a thread has already", async () => {
  const family = lines.family();
  family.here.add("mine");
  const message = structuredClone(family.handle);
  const [one, other] = await Promise.all([
    LocalFamily.from(message),
    LocalFamily.from(message),
  ]);
  assertStrictEquals(one.here, family.here);
  assertStrictEquals(other.here, family.here);
  assertNotStrictEquals(one.here, lines.here);
  const own = await LocalFamily.from(structuredClone(lines.static.handle));
  assertStrictEquals(own.here, lines.here);
});

Deno.test(
  "a thread that the program starts has the static family that it attaches to first",
  {
    timeout: 20_000,
  },
  async () => {
    const [, total] = crowd.get().add(1);
    const ask = (handle: FamilyHandle<Guest> | null) =>
      new Promise<unknown>((resolve) => {
        const url = new URL("./fixtures/own_thread.ts", import.meta.url);
        const worker = new Worker(url, { type: "module" });
        worker.onmessage = ({ data }) => {
          worker.terminate();
          resolve(data);
        };
        worker.postMessage(handle);
      });
    assertEquals(await ask(crowd.static.handle), [[2, total + 2], true]);
    assertEquals(crowd.here.shared.total.value, total + 2);
    assertEquals(await ask(null), [[2, 2], true]);
    assertEquals(await ask(crowd.family().handle), [[2, 2], false]);
  },
);

testBoth(
  "a static family without shared state needs no link",
  async ({ start }) => {
    await using runtime = await start();
    assertEquals(await runtime.on(0).spawn(writeHere, "one"), 1);
    assertEquals(await runtime.on(1).spawn(readHere), []);
    // What a worker has made before is what it hosts.
    const family = await runtime.link(lines);
    assertEquals(await family.all().read(), [["one"], []]);
    assertEquals(await family.on(0).add("two"), 2);
    assertEquals(await runtime.on(0).spawn(readHere), ["one", "two"]);
    // It is known by one name everywhere, too.
    const perThread = await runtime.on(0).spawn(perThreadOf);
    using handle = perThread.acquire();
    assertStrictEquals(familyOf(handle.value)!.here, lines.here);
  },
);

testBoth(
  "a worker says what to do where a static family is not linked",
  async ({ start }) => {
    await using runtime = await start();
    const use = () => runtime.on(1).spawn(readHere, "strangers").then();
    const error = await assertRejects(use, TypeError);
    for (const word of ["strangers", "worker 1", "runtime.link"]) {
      assertStringIncludes(error.message, word);
    }
    // Another family of the same definition does not help.
    await runtime.link(strangers.family());
    await assertRejects(use, TypeError);
    await runtime.link(strangers);
    assertEquals(await runtime.on(1).spawn(readHere, "strangers"), []);
    await runtime.resize(1);
    await runtime.resize(2);
    assertEquals(await runtime.on(1).spawn(readHere, "strangers"), []);
  },
);
