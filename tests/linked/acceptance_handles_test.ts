// What handles of instances promise, one test for each promise: the others are in
// acceptance_test.ts.
import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { linked } from "../../linked/mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { crowdOn } from "./crowd_on.ts";
import {
  acquireAndSend,
  acquireTwice,
  addByInstance,
  crowd,
  endWorker,
  holdHandle,
  isHeld,
  letGoHeld,
  sendHeld,
} from "./fixtures/crowd.ts";
import { until } from "./until.ts";

const URL_HERE = "https://example.com/guests.ts";

testBoth(
  "an InstanceHandle that travels still is the origin's instance (L9)",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(crowd.family());
    const perThread = family.instancePerThread();
    using mine = perThread.acquire();
    mine.value.add(7);
    const handle = await runtime.on(0).spawn(acquireAndSend, perThread, 5);
    assertEquals([handle.isHere, handle.worker], [false, 0]);
    assertEquals([mine.isHere, mine.worker], [true, undefined]);
    assert(handle.isAlive);
    const error = assertThrows(() => handle.value, TypeError);
    assertStringIncludes(error.message, "crowd");
    assertEquals(await runtime.on(1).spawn(holdHandle, handle), [false, -1]);
    const sent = await runtime.on(1).spawn(sendHeld);
    assertFalse(sent.isHere);
    assertEquals(await runtime.on(0).spawn(holdHandle, sent), [true, 5]);
    const there = runtime.on(handle.worker!);
    assertEquals(await there.spawn(addByInstance, handle, 1), [6, 13]);
    assertEquals(await there.spawn(addByInstance, sent, 1), [7, 14]);
    // This thread's own comes back from where it was not to be used.
    assertEquals(await runtime.on(1).spawn(holdHandle, mine), [false, -1]);
    using back = await runtime.on(1).spawn(sendHeld);
    assert(back.isHere);
    assertStrictEquals(back.value, mine.value);
    assertEquals(back.value.local(), 7);
  },
);

testBoth(
  "InstancePerThread gives one instance on each thread, by each clone (L10)",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(crowd.family());
    const perThread = family.instancePerThread();
    using one = perThread.acquire();
    using other = perThread.acquire();
    using third = perThread.clone().acquire();
    using clone = other.clone();
    for (const each of [other, third, clone]) {
      assertStrictEquals(each.value, one.value);
    }
    assertNotStrictEquals(family.here, one.value);
    assertNotStrictEquals(
      family.instancePerThread().acquire().value,
      one.value,
    );
    one.value.add(1);
    for (const worker of [0, 1]) {
      const [isSame, local] = await runtime.on(worker)
        .spawn(acquireTwice, perThread, 2);
      assertEquals([isSame, local], [true, 4]);
    }
    assertEquals(one.value.local(), 1);
    assertEquals(one.value.shared.total.value, 9);
  },
);

testBoth(
  "the last handle disposes the instance, and the next one is of a fresh one (L11)",
  async ({ start }) => {
    await using runtime = await start();
    const { perThread, alive } = await crowdOn(runtime);
    const before = alive.value;
    {
      using one = perThread.acquire();
      {
        using other = perThread.acquire();
        other.value.add(3);
      }
      assertEquals([one.value.local(), alive.value], [3, before + 1]);
    }
    assertEquals([perThread.isHeld, alive.value], [false, before]);
    using next = perThread.acquire();
    assertEquals([next.value.local(), alive.value], [0, before + 1]);
    for (let k = 0; k < 2; k++) {
      const [, local] = await runtime.on(0).spawn(acquireTwice, perThread, 1);
      assertEquals([local, alive.value], [2, before + 1]);
    }
  },
);

testBoth(
  "the end of a worker disposes its instances (L12)",
  async ({ start }) => {
    const runtime = await start();
    const family = await runtime.link(crowd.family());
    const { alive } = family.create().shared;
    assertEquals(alive.value, 3);
    const perThread = family.instancePerThread();
    const handle = await runtime.on(1).spawn(acquireAndSend, perThread, 1);
    assertEquals(alive.value, 4);
    await runtime.resize(1);
    assertEquals(alive.value, 2);
    assertFalse(handle.isAlive);
    family.here;
    assertEquals(alive.value, 3);
    await runtime.close();
    assertEquals(alive.value, 1); // the one that nobody has disposed
  },
);

Deno.test("'create' that acquires its own instance yields one instance (L13)", () => {
  let made = 0;
  const ended: number[] = [];
  const seen: object[] = [];
  const family = linked(URL_HERE, "curious", {
    create: () => {
      const which = made++;
      if (which % 2 === 0) {
        const inner = perThread.acquire();
        handles.push(inner);
        seen.push(inner.value);
      }
      return { which };
    },
    dispose: ({ which }) => void ended.push(which),
  }).family();
  const perThread = family.instancePerThread();
  const handles = [] as { value: object; [Symbol.dispose](): void }[];
  const outer = perThread.acquire();
  assertStrictEquals(outer.value, seen[0]);
  assertEquals([outer.value.which, made, ended], [1, 2, [0]]);
  outer[Symbol.dispose]();
  assertEquals([perThread.isHeld, ended], [true, [0]]);
  handles[0]![Symbol.dispose]();
  assertEquals([perThread.isHeld, ended], [false, [0, 1]]);
});

testBoth(
  "the last handle that ends on another thread clears the owner's entry (L16)",
  async ({ start }) => {
    await using runtime = await start();
    const { perThread, alive } = await crowdOn(runtime);
    const before = alive.value;
    const handle = await runtime.on(0).spawn(acquireAndSend, perThread, 5);
    await runtime.on(1).spawn(holdHandle, handle);
    await runtime.on(0).spawn(letGoHeld);
    handle[Symbol.dispose]();
    // Only worker 1 has one by now.
    assert(await runtime.on(0).spawn(isHeld, perThread));
    assertEquals(alive.value, before + 1);
    await runtime.on(1).spawn(letGoHeld);
    await until(() => alive.value === before);
    assertFalse(await runtime.on(0).spawn(isHeld, perThread));
    const [, local] = await runtime.on(0).spawn(acquireTwice, perThread, 1);
    assertEquals(local, 2);
  },
);

testBoth(
  "a holder that is lost or ends clears the owner's entry (L16)",
  async ({ start, kind }) => {
    await using runtime = await start();
    const { perThread, alive } = await crowdOn(runtime);
    {
      using mine = perThread.acquire();
      await runtime.on(1).spawn(holdHandle, mine);
    }
    assert(perThread.isHeld);
    if (kind === "inline") await runtime.resize(1);
    else await runtime.on(1).spawn(endWorker).then(() => {}, () => {});
    await until(() => !perThread.isHeld);
    // Of this thread only the one that was made besides.
    await until(() => alive.value === (kind === "inline" ? 2 : 4));
  },
);
