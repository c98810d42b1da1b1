import { assertEquals } from "@std/assert";
import { readCaches } from "../../topology/read_caches.ts";
import { cache, filesOf } from "./machine_text.ts";

Deno.test("readCaches() reads each shared cache once, by level and type", () => {
  const shared = { level: 2, type: "Unified", size: "1024K", shared: "0,4" };
  const caches = readCaches(
    filesOf({
      ...cache(0, 0, { level: 2, type: "Unified", size: "1M", shared: "0,4" }),
      ...cache(0, 1, {
        level: 1,
        type: "Instruction",
        size: "64K",
        shared: "0",
      }),
      ...cache(0, 2, { level: 1, type: "Data", size: "32K", shared: "0" }),
      ...cache(4, 0, shared),
      ...cache(4, 1, {
        level: 1,
        type: "Instruction",
        size: "64K",
        shared: "4",
      }),
      ...cache(4, 2, { level: 1, type: "Data", size: "32K", shared: "4" }),
    }),
    [0, 4],
    [],
  );
  assertEquals(
    caches.map(({ level, type, size, processors }) => [
      level,
      type,
      size,
      processors,
    ]),
    [
      [1, "data", 32768, [0]],
      [1, "data", 32768, [4]],
      [1, "instruction", 65536, [0]],
      [1, "instruction", 65536, [4]],
      [2, "unified", 1048576, [0, 4]],
    ],
  );
  assertEquals(caches[0]!.line, 64);
});

Deno.test("readCaches() leaves offline sharers out", () => {
  const caches = readCaches(
    filesOf(
      cache(0, 0, { level: 3, type: "Unified", size: "2M", shared: "0-3" }),
    ),
    [0, 2],
    [],
  );
  assertEquals(caches.map((each) => each.processors), [[0, 2]]);
});

Deno.test("readCaches() reads bit maps, and caches of unknown size and type", () => {
  const files = filesOf({
    ...cache(0, 0, { level: 1, type: "Data", map: "3" }),
    ...cache(0, 1, { level: 2, type: "", size: "0K", map: "1" }),
    ...cache(1, 0, { level: 1, type: "Data", map: "3" }),
  });
  assertEquals(
    readCaches(files, [0, 1], [])
      .map(({ type, size, processors }) => [type, size, processors]),
    [["data", null, [0, 1]], ["unified", null, [0]]],
  );
});

Deno.test("readCaches() leaves out caches that do not tell who shares them", () => {
  const files = filesOf({
    ...cache(0, 0, { level: 1, type: "Data", size: "16K" }),
    ...cache(0, 1, { level: 2, type: "Unified", size: "256K", shared: "x" }),
    ...cache(0, 2, { level: 3, type: "Unified", size: "3M", shared: "0-1" }),
  });
  assertEquals(readCaches(files, [0, 1], []).map((each) => each.level), [3]);
});

Deno.test("readCaches() believes the first sharer where others differ", () => {
  const files = filesOf({
    ...cache(0, 0, { level: 2, type: "Unified", size: "1M", shared: "0" }),
    ...cache(1, 0, { level: 1, type: "Data", size: "32K", shared: "1" }),
    ...cache(1, 1, { level: 2, type: "Unified", size: "1M", shared: "0-1" }),
  });
  assertEquals(
    readCaches(files, [0, 1], [])
      .map(({ level, processors }) => [level, processors]),
    [[1, [1]], [2, [0]]],
  );
});

Deno.test("readCaches() gives a cache that names nobody to the core", () => {
  const files = filesOf({
    ...cache(0, 0, { level: 1, type: "Data", size: "16K", shared: "" }),
    ...cache(1, 0, { level: 1, type: "Data", size: "16K", shared: "" }),
    ...cache(2, 0, { level: 1, type: "Data", size: "16K", shared: "" }),
  });
  const cores = [{ id: 0, processors: [0, 1] }];
  assertEquals(
    readCaches(files, [0, 1, 2], cores).map((each) => each.processors),
    [[0, 1], [2]],
  );
});

Deno.test("readCaches() finds none where there are none", () => {
  assertEquals(readCaches(filesOf({}), [0, 1], []), []);
});

Deno.test("readCaches() reads larger caches also where firmware has cores share the first one", () => {
  const first = { level: 1, type: "Data", size: "32K", shared: "0-1" };
  const files = filesOf({
    ...cache(0, 0, first),
    ...cache(0, 1, { level: 2, type: "Unified", size: "1M", shared: "0" }),
    ...cache(1, 0, first),
    ...cache(1, 1, { level: 2, type: "Unified", size: "1M", shared: "1" }),
  });
  const cores = [{ id: 0, processors: [0] }, { id: 1, processors: [1] }];
  assertEquals(
    readCaches(files, [0, 1], cores).map((each) => each.processors),
    [[0, 1], [0], [1]],
  );
});

Deno.test("readCaches() tells caches in the same place apart by size and sharers", () => {
  const files = filesOf({
    ...cache(0, 0, { level: 2, type: "Unified", size: "2M", shared: "0" }),
    ...cache(1, 0, { level: 1, type: "Data", size: "32K", shared: "1" }),
    ...cache(2, 0, { level: 3, type: "Unified", size: "2M", shared: "2-3" }),
  });
  assertEquals(
    readCaches(files, [0, 1, 2, 3], [])
      .map(({ level, size, processors }) => [level, size, processors]),
    [[1, 2 ** 15, [1]], [2, 2 ** 21, [0]], [3, 2 ** 21, [2, 3]]],
  );
});

Deno.test("readCaches() leaves out what Xeon Phis call their third level", () => {
  const third = {
    ...cache(0, 0, { level: 1, type: "Data", size: "32K", shared: "0" }),
    ...cache(0, 1, { level: 3, type: "Unified", size: "0K", shared: "0" }),
  };
  const levelsWith = (model: number): number[] =>
    readCaches(
      filesOf({
        ...third,
        "/proc/cpuinfo":
          `vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: ${model}\n`,
      }),
      [0],
      [],
    ).map(({ level }) => level);
  assertEquals([87, 133, 85].map(levelsWith), [[1], [1], [1, 3]]);
});
