import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  allowedProcessors,
  Channel,
  closure,
  PerCore,
  PerNode,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { portableCodec } from "../../codec/mod.ts";
import { runProgram } from "../support/run_program.ts";
import {
  count,
  countBoth,
  countThere,
  mortalCounter,
  newBoard,
  newCell,
  newCounter,
  odd,
  own,
  post,
  totalAndOwn,
  use,
} from "./fixtures/cells.ts";
import { shelf } from "./fixtures/shelf.ts";

const timeout = 30_000;
const several = (allowedProcessors()?.length ?? 0) > 1;

Deno.test(
  "values of places come to the same on workers and inline (T9 to T14, T17, T20)",
  {
    timeout,
    ignore: !several,
  },
  async () => {
    const file = new URL("./fixtures/same_cells.ts", import.meta.url);
    const threads = await runProgram({ file }, { permissions: ["-A"] });
    assertEquals([threads.code, threads.stderr], [0, ""]);
    const inline = await runProgram({ file });
    assertEquals([inline.code, inline.stderr], [0, ""]);
    assertEquals(inline.stdout.split("\n"), threads.stdout.split("\n"));
    const lines = new Map(
      threads.stdout.trim().split("\n").map((line) => {
        const at = line.indexOf(": ");
        return [line.slice(0, at), JSON.parse(line.slice(at + 2))];
      }),
    );
    const of = (name: string) => lines.get(name);
    assertEquals([of("first"), of("again")], [[0, 1], [0, 2]]);
    assertEquals([of("elsewhere"), of("here")], [[1, 1], [-1, 0]]);
    assertEquals(of("same"), true);
    assertEquals([of("back"), of("there")], [[true, -1, 0], [1, 4]]);
    assertEquals(
      [of("theirs here"), of("theirs there"), of("theirs elsewhere")],
      [[-1, 0], [0, 11], [1, 1]],
    );
    assertEquals(of("failing"), "RangeError: no cell here");
    assertEquals(of("copies"), [[7, 6], [7, 7], [7, 6]]);
    assertEquals(of("cloned"), [[107, 0], [107, 1], [107, 2], [107, 1]]);
    assertEquals(of("copied"), [[1, -1, 1], [1, -1, 1], 0]);
    assertEquals(of("given"), [1, 1]);
    assertEquals([of("node"), of("node again")], [1, 2]);
    assertEquals(of("process"), [1, 2, 3]);
    assertEquals(
      of("process of several"),
      [[1, "x", true], [2, "x", true], [3, "x", true]],
    );
    assertEquals(of("told"), [[1, -1, 0], [1, -1, 1]]);
    assert(of("waiting").includes("while a value arrives"));
    assert(of("disposed").startsWith("TypeError"));
    assert(of("captured").includes("uses 'cells'"));
  },
);

Deno.test(
  "PerNode has one value in shared memory for the workers of a node, and this thread another (T10)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const hits = new PerNode(newCounter);
    const { affinities } = runtime;
    const counted: number[] = [];
    for (const worker of affinities.keys()) {
      counted.push(await runtime.on(worker).spawn(count, hits));
    }
    // In the order in which they were asked, node by node.
    const expected = affinities.map(({ node }, worker) =>
      affinities.slice(0, worker + 1).filter((each) => each.node === node)
        .length
    );
    assertEquals(counted, expected);
    assertEquals(hits.value.value, 0);
  },
);

Deno.test(
  "PerNode makes one value though all workers of a node need it at once",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const { affinities } = runtime;
    for (let round = 0; round < 20; round++) {
      const hits = new PerNode(newCounter);
      const counts = await Promise.all(
        affinities.map((_, worker) => runtime.on(worker).spawn(count, hits)),
      );
      for (const node of new Set(affinities.map((each) => each.node))) {
        const own = counts.filter((_, worker) =>
          affinities[worker]!.node === node
        );
        assertEquals(own.sort(), own.map((_, k) => k + 1));
      }
    }
  },
);

Deno.test("PerNode's value stays when the worker is replaced that made it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const hits = new PerNode(newCounter);
  const cells = new PerCore(newCell);
  assertEquals(await runtime.on(0).spawn(count, hits), 1);
  assertEquals((await runtime.on(0).spawn(use, cells)).uses, 1);
  await assertRejects(() => runtime.on(0).spawn(() => Deno.exit(3)).then());
  assertEquals(await runtime.on(0).spawn(count, hits), 2);
  // What does not live in shared memory went with it.
  assertEquals((await runtime.on(0).spawn(use, cells)).uses, 1);
});

Deno.test(
  "PerNode refuses values that could not be shared, if the first one could",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const typeOf = (handle: PerNode<unknown>) => typeof handle.value;
    const bad = [[odd, "in shared memory"], [own, "of its own"]] as const;
    for (const [make, why] of bad) {
      const handle = new PerNode(make);
      // Whoever comes next tries again.
      for (let k = 0; k < 2; k++) {
        await assertRejects(
          () => runtime.on(0).spawn(typeOf, handle).then(),
          TypeError,
          why,
        );
      }
    }
  },
);

Deno.test("PerNode's values may refer to the data of a closure", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const total = new SharedCounter();
  const handle = new PerNode(closure({ total, start: 5 }, totalAndOwn));
  const last = runtime.size - 1;
  assertEquals(await runtime.on(0).spawn(countBoth, handle), [1, 6]);
  const isSame = runtime.affinities[last]!.node === runtime.affinities[0]!.node;
  assertEquals(
    await runtime.on(last).spawn(countBoth, handle),
    [2, isSame ? 7 : 6],
  );
  assertEquals([total.value, handle.value.own.value], [2, 5]);
});

Deno.test("handles cannot go where shared memory cannot", () => {
  const sender = new Channel(portableCodec<unknown>()).sender();
  assertThrows(
    () => sender.send(new PerCore(newCell)),
    TypeError,
    "is a PerCore",
  );
});

Deno.test(
  "threads keep values as long only as a handle is in use where it was made",
  {
    timeout,
  },
  async () => {
    const file = new URL("./fixtures/many_cells.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram({ file }, {
      permissions: ["-A"],
      flags: ["--v8-flags=--expose-gc"],
    });
    assertEquals([code, stderr], [0, ""]);
    const { most, mostHere, uses } = JSON.parse(stdout);
    // Of 400 that were sent.
    assert(most < 100 && mostHere < 100, `${most} and ${mostHere} tables`);
    assertEquals(uses, 2);
  },
);

Deno.test("PerNode that a worker makes has its value for the whole node", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const hits = await runtime.on(0).spawn(countThere);
  assertEquals(hits.value.value, 0); // this thread has its own
  const { affinities } = runtime;
  const [first] = affinities;
  let onFirst = 5;
  for (const [worker, { node }] of affinities.entries()) {
    const counted = await runtime.on(worker).spawn(count, hits);
    if (node === first!.node) assertEquals(counted, ++onFirst);
  }
  assertEquals(await runtime.on(0).spawn(count, hits), onFirst + 1);
});

Deno.test("families can share values of places", { timeout }, async () => {
  await using runtime = await Runtime.start();
  const family = await runtime.link(shelf);
  const last = runtime.size - 1;
  assertEquals(await family.on(0).use(), [1, 1]);
  assertEquals(await family.on(0).use(), [2, 2]);
  const [cells, hits] = await family.on(last).use();
  const { affinities } = runtime;
  const isSame = affinities[last]!.node === affinities[0]!.node;
  assertEquals([cells, hits], [last === 0 ? 3 : 1, isSame ? 3 : 1]);
  assertEquals(family.here.use(), [1, 1]);
});

Deno.test(
  "PerNode's values can be of many shared objects, channels among them",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const handle = new PerNode(newBoard);
    const { affinities } = runtime;
    for (const [worker, { node }] of affinities.entries()) {
      const before = affinities.slice(0, worker)
        .flatMap((each, k) => each.node === node ? [k] : []);
      assertEquals(
        await runtime.on(worker).spawn(post, handle, worker),
        [...before, worker],
      );
    }
    assertEquals(post(handle, -1), [-1]); // this thread has its own
  },
);

Deno.test(
  "PerNode's value is made by the next worker if the one that makes it is lost",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    for (let round = 0; round < 3; round++) {
      const tries = new SharedCounter();
      const hits = new PerNode(closure({ tries }, mortalCounter));
      const { affinities } = runtime;
      const counts = await Promise.all(
        affinities.map((_, worker) =>
          runtime.on(worker).spawn(count, hits).then((n) => n, () => 0)
        ),
      );
      assertEquals(counts.filter((n) => n === 0).length, 1);
      // All that are there have the same ones, node by node.
      const nodes = new Set(affinities.map(({ node }) => node));
      for (const node of nodes) {
        const own = counts.filter((n, k) =>
          n > 0 && affinities[k]!.node === node
        );
        assertEquals(own.sort(), own.map((_, k) => k + 1));
      }
      const again = await runtime.on(0).spawn(count, hits);
      assert(again >= 1);
      const made = 1 + 1 + nodes.size;
      assert(tries.value >= made - 1 && tries.value <= made, `${tries.value}`);
    }
  },
);
