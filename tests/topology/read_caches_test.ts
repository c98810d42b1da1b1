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
  );
  assertEquals(caches.map((each) => each.processors), [[0, 2]]);
});

Deno.test("readCaches() reads bit maps, and caches of unknown size or sharers", () => {
  const caches = readCaches(
    filesOf({
      ...cache(0, 0, { level: 1, type: "Data", map: "3" }),
      ...cache(0, 1, { level: 2, type: "Unified", size: "256K" }),
      ...cache(1, 0, { level: 1, type: "Data", map: "3" }),
    }),
    [0, 1],
  );
  assertEquals(caches.map(({ size, processors }) => [size, processors]), [
    [null, [0, 1]],
    [262144, [0]],
  ]);
});

Deno.test("readCaches() finds none where there are none", () => {
  assertEquals(readCaches(filesOf({}), [0, 1]), []);
});
