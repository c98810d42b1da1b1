import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Generations } from "../../examples/generations.ts";
import {
  LruCache,
  type LruCacheOptions,
  newCache,
  textFiles,
} from "../../examples/lru_cache.ts";
import { Runtime, WorkerLostError } from "../../mod.ts";
import { runProgram } from "../support/run_program.ts";
import { cached, CAPACITY } from "./fixtures/cached.ts";

const timeout = 20_000;
const KEYS = ["a", "b", "c", "d", "e", "f"];

/** Some caches of one family, whose time is set by hand. */
class Caches {
  now = 0;
  loads = 0;
  readonly list: readonly LruCache<string>[];

  constructor(
    size: number,
    options: Partial<LruCacheOptions<string>> & { capacity: number },
  ) {
    const shared = newCache();
    this.list = Array.from({ length: size }, () =>
      new LruCache(shared, {
        load: (key) => `${key}${this.loads++}`,
        clock: () => this.now,
        ...options,
      }));
  }
}

/** What a cache is, without anything clever: the oldest entry first. */
class PlainCache {
  entries: {
    key: string;
    value: string;
    expires: number;
    generation: number | undefined;
  }[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  take(
    key: string,
    now: number,
    generations: Map<string, number>,
  ): string | undefined {
    const found = this.entries.find((entry) => entry.key === key);
    this.entries = this.entries.filter((entry) => entry !== found);
    if (
      found === undefined || now >= found.expires ||
      generations.get(key) !== found.generation
    ) return undefined;
    this.entries.push(found);
    return found.value;
  }

  put(
    key: string,
    value: string,
    expires: number,
    generation: number | undefined,
  ): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
    this.entries.push({ key, value, expires, generation });
    this.entries = this.entries.slice(-this.#capacity);
  }
}

const who = fc.nat(2);
const key = fc.constantFrom(...KEYS);
const ttls = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
const step = fc.oneof(
  fc.record({ do: fc.constant("get" as const), who, key }),
  fc.record({ do: fc.constant("fetch" as const), who, key }),
  fc.record({ do: fc.constant("set" as const), who, key, ttl: ttls }),
  fc.record({ do: fc.constant("delete" as const), who, key }),
  fc.record({ do: fc.constant("wait" as const), time: fc.nat(10) }),
  fc.record({ do: fc.constant("clear" as const), who }),
);

Deno.test("LruCache is a list for each thread, of which all forget what one calls old", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      ttls,
      fc.array(step, { maxLength: 80, size: "max" }),
      async (capacity, ttl, steps) => {
        const caches = new Caches(3, {
          capacity,
          ...(ttl === undefined ? {} : { ttl }),
        });
        const plain = caches.list.map(() => new PlainCache(capacity));
        const generations = new Map<string, number>();
        let [hits, misses, changes, loads] = [0, 0, 0, 0];
        for (const step of steps) {
          if (step.do === "wait") {
            caches.now += step.time;
            continue;
          }
          const { now } = caches;
          const cache = caches.list[step.who]!;
          const model = plain[step.who]!;
          if (step.do === "clear") {
            cache.clear();
            for (const key of KEYS) generations.set(key, ++changes);
            model.entries = [];
          } else if (step.do === "delete") {
            cache.delete(step.key);
            generations.set(step.key, ++changes);
            model.entries = model.entries.filter(({ key }) => key !== step.key);
          } else if (step.do === "set") {
            const value = `${step.key} set`;
            cache.set(step.key, value, step.ttl);
            generations.set(step.key, ++changes);
            const expires = now + (step.ttl ?? ttl ?? Infinity);
            model.put(step.key, value, expires, changes);
          } else {
            const { key } = step;
            let expected = model.take(key, now, generations);
            if (expected === undefined) misses++;
            else hits++;
            if (step.do === "fetch") {
              if (expected === undefined) {
                expected = `${key}${loads++}`;
                const expires = now + (ttl ?? Infinity);
                model.put(key, expected, expires, generations.get(key));
              }
              assertEquals(await cache.fetch(key), expected);
            } else assertEquals(cache.get(key), expected);
          }
          assertEquals(cache.size(), model.entries.length);
        }
        assertEquals(caches.loads, loads);
        for (const cache of caches.list) {
          assertEquals(cache.totals(), { hits, misses });
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("Generations.stripeOf() spreads keys, and those of the tests do not meet", () => {
  const generations = new Generations(Generations.share());
  const stripes = new Set(KEYS.map((key) => generations.stripeOf(key)));
  assertEquals(stripes.size, KEYS.length);
  const used = new Map<number, number>();
  for (let k = 0; k < 10_240; k++) {
    const stripe = generations.stripeOf(`user/${k}`);
    used.set(stripe, (used.get(stripe) ?? 0) + 1);
  }
  // 10 each on average.
  assert(used.size > 1000 && Math.max(...used.values()) < 40);
});

Deno.test("LruCache forgets keys of one stripe together, and never gives an old one", () => {
  const generations = new Generations(Generations.share());
  const stripe = generations.stripeOf("a");
  let other = 0;
  while (generations.stripeOf(`${other}`) !== stripe) other++;
  const { list: [one, two] } = new Caches(2, { capacity: 5 });
  one!.set("a", "1");
  two!.set(`${other}`, "2");
  assertEquals([one!.get("a"), two!.get(`${other}`)], [undefined, "2"]);
});

Deno.test("Generations go on beyond 2^31", () => {
  const memory = Generations.share();
  new Int32Array(memory).fill(2 ** 31 - 2);
  const generations = new Generations(memory);
  for (let k = 0; k < 4; k++) {
    assertEquals(generations.next(5), generations.at(5));
  }
  generations.nextOfAll();
  assertEquals(generations.at(5), -(2 ** 31) + 3);
  assertEquals(generations.at(4), 2 ** 31 - 1);
});

Deno.test("LruCache.fetch() loads once for all who wait, and again for who comes after a delete()", async () => {
  const loads: ((value: string) => void)[] = [];
  const { list: [one, two] } = new Caches(2, {
    capacity: 5,
    load: () => new Promise((resolve) => loads.push(resolve)),
  });
  const first = [one!.fetch("a"), one!.fetch("a")];
  assertEquals(loads.length, 1);
  two!.delete("a");
  const second = [one!.fetch("a"), one!.fetch("a")];
  assertEquals(loads.length, 2);
  loads[0]!("old");
  assertEquals(await Promise.all(first), ["old", "old"]);
  // The end of the first has not made the second forgotten.
  second.push(one!.fetch("a"));
  assertEquals(loads.length, 2);
  loads[1]!("new");
  assertEquals(await Promise.all(second), ["new", "new", "new"]);
  assertEquals(one!.get("a"), "new");
});

Deno.test("LruCache does not keep what was called old while it was loaded", async () => {
  const caches = new Caches(2, { capacity: 5 });
  const [one, two] = caches.list as [LruCache<string>, LruCache<string>];
  for (const end of ["delete", "clear", "set"] as const) {
    const fetched = one.fetch("a");
    if (end === "delete") two.delete("a");
    else if (end === "clear") two.clear();
    else two.set("a", "set");
    assertEquals(await fetched, `a${caches.loads - 1}`);
    assertEquals(one.get("a"), undefined);
  }
  const fetched = one.fetch("a");
  one.set("a", "newer");
  await fetched;
  assertEquals(one.get("a"), "newer");
});

Deno.test("LruCache does not keep failures", async () => {
  let fails = true;
  const { list: [cache] } = new Caches(1, {
    capacity: 5,
    load: (key) => {
      if (fails) throw new RangeError(`no ${key}`);
      return key;
    },
  });
  const both = [cache!.fetch("a"), cache!.fetch("a")];
  for (const each of both) await assertRejects(() => each, RangeError);
  fails = false;
  assertEquals(await cache!.fetch("a"), "a");
});

Deno.test("LruCache keeps values that are false or null", async () => {
  let loads = 0;
  const cache = new LruCache<unknown>(newCache(), {
    capacity: 5,
    load: (key) => (loads++, JSON.parse(key)),
  });
  for (let k = 0; k < 2; k++) {
    for (const key of ["null", "false", "0", '""']) {
      assertEquals(await cache.fetch(key), JSON.parse(key));
    }
  }
  assertEquals(loads, 4);
});

Deno.test("LruCache refuses capacities and times that are none", () => {
  const load = (key: string) => key;
  for (const ttl of [0, -1, NaN]) {
    assertThrows(
      () => new LruCache(newCache(), { capacity: 1, load, ttl }),
      RangeError,
    );
    const cache = new LruCache(newCache(), { capacity: 1, load });
    cache.set("a", "1");
    assertThrows(() => cache.set("a", "2", ttl), RangeError);
    assertEquals(cache.get("a"), "1");
  }
  assertThrows(
    () => new LruCache(newCache(), { capacity: 0, load }),
    RangeError,
  );
});

Deno.test("caches on workers never give what all were told is old", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(cached.family());
  const seed = Date.now() | 0;
  const end = performance.now() + 1000;
  for (let k = seed; performance.now() < end; k++) {
    const here = [
      family.here.readMany(500, ~k),
      family.here.readMany(500, 3 * k),
    ];
    const there = [0, 1].flatMap((worker) => [
      family.on(worker).readMany(500, 5 * k + worker),
      family.on(worker).readMany(500, 7 * k - worker),
    ]);
    const old = await Promise.all([...here, ...there]);
    assertEquals(old.flat(), [], `seed ${k}`);
  }
  const { hits, misses } = family.here.totals();
  const loads = family.here.loads();
  assert(hits > misses && misses >= loads && loads > 100);
});

Deno.test("caches on workers have so many entries each, and count together", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(cached.family());
  // The same keys: two copies of each.
  await family.all().readOwn("x", CAPACITY);
  assertEquals(await family.all().size(), [CAPACITY, CAPACITY]);
  assertEquals(family.here.totals(), { hits: 0, misses: 2 * CAPACITY });
  assertEquals(family.here.loads(), 2 * CAPACITY);
  await family.on(0).readOwn("x", CAPACITY);
  await family.on(1).readOwn("y", 2 * CAPACITY);
  assertEquals(await family.all().size(), [CAPACITY, CAPACITY]);
  assertEquals(await family.on(1).totals(), {
    hits: CAPACITY,
    misses: 4 * CAPACITY,
  });
});

Deno.test(
  "caches that are asked by key have room for as many keys as all of them together",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(cached.family());
    const keys = Array.from({ length: 1.5 * CAPACITY }, (_, k) => `x${k}`);
    for (let round = 0; round < 2; round++) {
      await Promise.all(keys.map((key) => family.forKey(key).fetch(key)));
    }
    const sizes = await family.all().size();
    assert(Math.max(...sizes) < CAPACITY, `sizes are ${sizes}`);
    assertEquals(sizes[0]! + sizes[1]!, keys.length);
    assertEquals(family.here.totals(), {
      hits: keys.length,
      misses: keys.length,
    });
  },
);

Deno.test(
  "a worker that takes the place of a lost one has an empty cache, and the totals stay",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(cached.family());
    await family.on(0).readOwn("x", 10);
    await assertRejects(() => family.on(0).exit(), WorkerLostError);
    assertEquals(await family.on(0).size(), 0);
    await family.on(0).readOwn("x", 10);
    assertEquals(family.here.totals(), { hits: 0, misses: 20 });
  },
);

Deno.test("caches come to the same with threads and inline", {
  timeout,
}, async () => {
  const file = new URL("./fixtures/cache_program.ts", import.meta.url);
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  const [mode, ...lines] = threads.stdout.split("\n");
  const [otherMode, ...otherLines] = inline.stdout.split("\n");
  assertEquals([mode, otherMode], ["threads", "inline"]);
  assertEquals(otherLines, lines);
  assertNotEquals(lines, []);
});

Deno.test(
  "textFiles reads a file once on each worker, until somebody says that it changed",
  {
    timeout,
  },
  async () => {
    const path = await Deno.makeTempFile();
    try {
      await using runtime = await Runtime.start({ workers: 2 });
      const family = await runtime.link(textFiles.family());
      await Deno.writeTextFile(path, "one");
      assertEquals(await family.all().fetch(path), ["one", "one"]);
      await Deno.writeTextFile(path, "two");
      assertEquals(await family.all().fetch(path), ["one", "one"]);
      family.here.delete(path);
      assertEquals(await family.all().fetch(path), ["two", "two"]);
      await assertRejects(() => family.on(0).fetch(`${path}/none`));
    } finally {
      await Deno.remove(path);
    }
  },
);
