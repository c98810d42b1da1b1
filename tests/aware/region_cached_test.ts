import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { BOARD_SIZE, FrameBoard } from "../../aware/frame_board.ts";
import { growingMemory } from "../../aware/node_memory.ts";
import { portableCodec } from "../../codec/mod.ts";
import {
  allowedProcessors,
  Channel,
  RegionCached,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { runProgram } from "../support/run_program.ts";
import {
  follow,
  isFormer,
  isKept,
  seen,
  setAndSee,
  type Settings,
  settingsOf,
  versionOf,
} from "./fixtures/regions.ts";

const timeout = 30_000;
const several = (allowedProcessors()?.length ?? 0) > 1;

Deno.test("RegionCached.get() gives the value that was set last, the same object until another is set", () => {
  const cached = new RegionCached<unknown>({ n: 1, list: [new Date(5)] });
  const first = cached.get();
  assertEquals(first, { n: 1, list: [new Date(5)] });
  assertStrictEquals(cached.get(), first);
  const next = new Map([["k", [1]]]);
  cached.set(next);
  assertEquals(cached.get(), next);
  assertNotStrictEquals(cached.get(), next);
  next.clear();
  assertEquals(cached.get(), new Map([["k", [1]]]));
  for (
    const value of [undefined, null, 0, "text", 5n, [], "x".repeat(1e6), "y"]
  ) {
    cached.set(value);
    assertEquals(cached.get(), value);
  }
});

Deno.test("RegionCached.get() gives what cannot be changed by mistake", () => {
  const cached = new RegionCached({ list: [{ n: 1 }] });
  const { list } = cached.get();
  assertThrows(() => list.push({ n: 2 }), TypeError);
  assertThrows(() => (list[0]!.n = 2), TypeError);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const looped = new RegionCached<unknown>(cycle);
  const value = looped.get() as { self: unknown };
  assertStrictEquals(value.self, value);
});

Deno.test("RegionCached refuses what it cannot hold, and keeps what it has", () => {
  const bad: [unknown, string][] = [
    [{ f: () => {} }, "'f' is a function"],
    [new SharedCounter(), "shared memory"],
    [new WeakMap(), "WeakMap"],
  ];
  const cached = new RegionCached<unknown>(1);
  for (const [value, why] of bad) {
    assertThrows(() => cached.set(value), TypeError, why);
    assertThrows(() => new RegionCached<unknown>(value), TypeError, why);
  }
  assertThrows(() => cached.set(new Uint8Array(2 ** 26)), RangeError);
  assertEquals(cached.get(), 1);
  cached.set(2);
  assertEquals(cached.get(), 2);
});

Deno.test("RegionCached cannot go where shared memory cannot", () => {
  const sender = new Channel(portableCodec<unknown>()).sender();
  assertThrows(
    () => sender.send(new RegionCached(1)),
    TypeError,
    "is a RegionCached",
  );
});

Deno.test("FrameBoard holds what was written last, whatever the generation is", () => {
  fc.assert(fc.property(
    fc.constantFrom(0, 1, 2 ** 31 - 2, -(2 ** 31), -4, -3),
    fc.array(fc.int32Array({ maxLength: 20 }), { minLength: 1, maxLength: 8 }),
    (generation, frames) => {
      const head = allocate(BOARD_SIZE);
      wordsOf(head, 1)[0] = generation;
      const place = {
        head,
        places: [growingMemory(2 ** 20), growingMemory(2 ** 20)],
      };
      const [one, other] = [new FrameBoard(place), new FrameBoard(place)];
      const generations = new Set([generation]);
      for (const frame of frames) {
        assert(one.write(frame, "unknown"));
        assertEquals(other.read(), {
          generation: one.generation,
          words: frame,
        });
        assert(one.generation !== 0);
        generations.add(one.generation);
      }
      assertEquals(generations.size, frames.length + 1);
      assertEquals(one.write(new Int32Array(1), "unknown", generation), false);
      assertEquals(other.read().words, frames.at(-1));
    },
  ));
});

Deno.test("workers see what is set anywhere, and keep what is not replaced", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const settings = new RegionCached(settingsOf(1));
  const last = runtime.size - 1;
  const all = () =>
    Promise.all(
      runtime.affinities.map((_, k) =>
        runtime.on(k).spawn<[RegionCached<Settings>], Settings>(seen, settings)
      ),
    );
  assertEquals((await all()).map(versionOf), runtime.affinities.map(() => 1));
  assertEquals(await runtime.on(last).spawn(setAndSee, settings, 2), 2);
  assertEquals(versionOf(settings.get()), 2);
  assertEquals((await all()).map(versionOf), runtime.affinities.map(() => 2));
  settings.set(settingsOf(99));
  assertEquals((await all()).map(versionOf), runtime.affinities.map(() => 99));
  assert(await runtime.on(0).spawn(isKept, settings));
  // From one call to the next, too.
  await runtime.on(0).spawn(isFormer, settings);
  assert(await runtime.on(0).spawn(isFormer, settings));
});

Deno.test(
  "RegionCached: workers read whole values in order while others set them",
  {
    timeout,
    ignore: !several,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const settings = new RegionCached(settingsOf(0));
    const last = 3000;
    const followers = [0, 1].map((k) =>
      runtime.on(k).spawn(follow, settings, last)
    );
    // Until both read.
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let version = 1; version <= last; version++) {
      settings.set(settingsOf(version));
      if (versionOf(settings.get()) !== version) throw new Error("not its own");
    }
    const counts = await Promise.all(followers);
    assert(counts.every((count) => count >= 1 && count <= last), `${counts}`);
  },
);

Deno.test(
  "RegionCached: two workers that set see their own value or a later one",
  {
    timeout,
    ignore: !several,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const settings = new RegionCached(settingsOf(0));
    for (let round = 0; round < 200; round++) {
      const [one, other] = await Promise.all(
        [0, 1].map((k) =>
          runtime.on(k).spawn(setAndSee, settings, 10 * round + k)
        ),
      );
      const final = versionOf(settings.get());
      assert([one, other].includes(final), `${one} ${other} ${final}`);
    }
  },
);

Deno.test("region values come to the same inline", { timeout }, async () => {
  const file = new URL("./fixtures/same_regions.ts", import.meta.url);
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  const inline = await runProgram({ file });
  assertEquals([inline.code, inline.stderr], [0, ""]);
  assertEquals(inline.stdout, threads.stdout);
});
