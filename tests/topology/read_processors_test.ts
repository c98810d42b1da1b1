import { assertEquals } from "@std/assert";
import { readProcessors } from "../../topology/read_processors.ts";
import { CPU, filesOf, place } from "./machine_text.ts";

Deno.test("readProcessors() keeps sparse ids and offline processors", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/present`]: "0-3,8\n",
    [`${CPU}/possible`]: "0-255\n",
    [`${CPU}/online`]: "0,2,8\n",
    ...place(0, { core: 0, package: 0, threads: "0,2" }),
    ...place(2, { core: 0, package: 0, threads: "0,2" }),
    ...place(8, { core: 4, package: 3, threads: "8" }),
  }))!;
  assertEquals(found.present, [0, 1, 2, 3, 8]);
  assertEquals(found.online, [0, 2, 8]);
  assertEquals(found.cores, [
    { id: 0, processors: [0, 2] },
    { id: 4, processors: [8] },
  ]);
  assertEquals(found.packages, [
    { id: 0, processors: [0, 2] },
    { id: 3, processors: [8] },
  ]);
  assertEquals(found.dies, []);
});

Deno.test("readProcessors() tells cores of several dies with the same id apart", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/present`]: "0-3",
    [`${CPU}/online`]: "0-3",
    ...place(0, { core: 0, package: 0, die: 0, threads: "0" }),
    ...place(1, { core: 0, package: 0, die: 1, threads: "1" }),
    ...place(2, { core: 0, package: 1, die: 0, threads: "2" }),
    ...place(3, { core: 0, package: 1, die: 1, threads: "3" }),
  }))!;
  assertEquals(found.cores.map((core) => core.processors), [[0], [1], [2], [
    3,
  ]]);
  assertEquals(found.dies.map((die) => [die.id, die.processors]), [
    [0, [0]],
    [1, [1]],
    [0, [2]],
    [1, [3]],
  ]);
  assertEquals(found.packages.map((each) => each.processors), [[0, 1], [2, 3]]);
});

Deno.test("readProcessors() has no dies where each package is one", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/online`]: "0-1",
    ...place(0, { core: 0, package: 0, die: 0, threads: "0" }),
    ...place(1, { core: 0, package: 1, die: 0, threads: "1" }),
  }))!;
  assertEquals(found.dies, []);
});

Deno.test("readProcessors() tells packages with the same id in several books apart", () => {
  const book = (id: number, book: number, drawer: number) => ({
    ...place(id, { core: 1, package: 0, threads: `${id}` }),
    [`${CPU}/cpu${id}/topology/book_id`]: `${book}\n`,
    [`${CPU}/cpu${id}/topology/drawer_id`]: `${drawer}\n`,
  });
  const found = readProcessors(filesOf({
    [`${CPU}/online`]: "0-3",
    ...book(0, 1, 1),
    ...book(1, 1, 1),
    ...book(2, 2, 1),
    ...book(3, 1, 2),
  }))!;
  assertEquals(found.packages.map((each) => each.processors), [[0, 1], [2], [
    3,
  ]]);
  assertEquals(found.cores.map((each) => each.processors), [[0], [1], [2], [
    3,
  ]]);
});

Deno.test("readProcessors() reads which processors are isolated", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/present`]: "0-3",
    [`${CPU}/online`]: "0-2",
    [`${CPU}/isolated`]: "2-7\n",
  }))!;
  assertEquals(found.isolated, [2, 3]);
});

Deno.test("readProcessors() takes siblings with different core ids as two cores", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/present`]: "0-1",
    [`${CPU}/online`]: "0-1",
    ...place(0, { core: 0, package: 0, threads: "0-1" }),
    ...place(1, { core: 1, package: 0, threads: "0-1" }),
  }))!;
  assertEquals(found.cores, [
    { id: 0, processors: [0] },
    { id: 1, processors: [1] },
  ]);
});

Deno.test("readProcessors() tells packages without ids apart by their processors", () => {
  const maps = { 0: "3", 1: "3", 2: "c", 3: "c" };
  const found = readProcessors(filesOf({
    [`${CPU}/online`]: "0-3",
    ...Object.fromEntries(
      Object.entries(maps).flatMap(([id, map]) => [
        [`${CPU}/cpu${id}/topology/physical_package_id`, "-1"],
        [`${CPU}/cpu${id}/topology/core_id`, "-1"],
        [`${CPU}/cpu${id}/topology/core_siblings`, map],
        [`${CPU}/cpu${id}/topology/thread_siblings`, map],
      ]),
    ),
  }))!;
  assertEquals(found.packages, [
    { id: null, processors: [0, 1] },
    { id: null, processors: [2, 3] },
  ]);
  assertEquals(found.cores, [
    { id: null, processors: [0, 1] },
    { id: null, processors: [2, 3] },
  ]);
});

Deno.test("readProcessors() tells packages with the same id apart by their processors", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/online`]: "0-5",
    ...Object.assign(
      {},
      ...["0-1", "0-1", "2-3", "2-3", "4-5", "4"].map((siblings, id) => ({
        ...place(id, { core: id % 2, package: 0, threads: `${id}` }),
        [`${CPU}/cpu${id}/topology/core_siblings_list`]: `${siblings}\n`,
      })),
    ),
  }))!;
  // The first of a package settles it where others differ.
  assertEquals(found.packages, [
    { id: 0, processors: [0, 1] },
    { id: 0, processors: [2, 3] },
    { id: 0, processors: [4, 5] },
  ]);
  assertEquals(found.cores.length, 6);
});

Deno.test("readProcessors() looks for processors that no list names", () => {
  const found = readProcessors(filesOf({
    [`${CPU}/cpu1/online`]: "1",
    [`${CPU}/cpu2/online`]: "0",
    ...place(0, { core: 0, package: 0, threads: "0" }),
    ...place(1, { core: 1, package: 0, threads: "1" }),
  }))!;
  assertEquals(found.present, [0, 1, 2]);
  assertEquals(found.online, [0, 1]);
});

Deno.test("readProcessors() has no cores where the system tells no places", () => {
  const found = readProcessors(filesOf({ [`${CPU}/online`]: "0-1" }))!;
  assertEquals(found.online, [0, 1]);
  assertEquals(found.cores, []);
  assertEquals(found.packages, []);
  assertEquals(readProcessors(filesOf({})), undefined);
});

Deno.test("readProcessors() takes all as running where the list of those is empty", () => {
  const records = readProcessors(filesOf({
    [`${CPU}/present`]: "0-1",
    [`${CPU}/online`]: "\n",
  }));
  assertEquals(records!.online, [0, 1]);
});
