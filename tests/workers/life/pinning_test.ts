import { assert, assertEquals } from "@std/assert";
import { platform } from "../../../ffi/mod.ts";
import { Runtime, topology } from "../../../mod.ts";
import { tally } from "../fixtures/tally.ts";

const timeout = 60_000;
const canPin = platform().affinity() !== undefined;

/** On which processors each thread of this process may run, by thread id. */
function affinities(): Map<number, { name: string; allowed: string }> {
  const threads = new Map<number, { name: string; allowed: string }>();
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    try {
      const status = Deno.readTextFileSync(`/proc/self/task/${name}/status`);
      const field = (key: string) =>
        new RegExp(`^${key}:\\s*(.*)$`, "m").exec(status)![1]!;
      threads.set(Number(name), {
        name: field("Name"),
        allowed: field("Cpus_allowed_list"),
      });
    } catch {
      // The thread ended meanwhile.
    }
  }
  return threads;
}

Deno.test(
  "each worker is pinned to its own processor, and no other thread is",
  {
    timeout,
    ignore: !canPin,
  },
  async () => {
    const before = affinities();
    await using runtime = await Runtime.start();
    const family = await runtime.link(tally.family());
    await family.all().add(1);
    const { workers } = runtime.report();
    const threads = affinities();
    const expected = [...topology().allowed.onePerCore()].map(({ id }) => id)
      .slice(0, runtime.size);
    assertEquals(
      workers.map(({ threadId }) => threads.get(threadId!)!.allowed),
      expected.map(String),
    );
    assert(workers.every(({ pinned }) => pinned));
    const pinned = new Set(workers.map(({ threadId }) => threadId));
    // A thread that the engine starts for a pinned worker, as for a file
    // operation, inherits that worker's mask: only former threads are compared,
    // by id and name, since the system may give an id again.
    for (const [id, { name, allowed }] of threads) {
      const former = before.get(id);
      if (pinned.has(id) || former?.name !== name) continue;
      assertEquals(allowed, former.allowed, `thread ${id}`);
    }
  },
);

Deno.test("Runtime.start() puts workers on the processors that it is given", {
  timeout,
  ignore: !canPin,
}, async () => {
  const { id } = [...topology().allowed].at(-1)!;
  await using runtime = await Runtime.start({ processors: [id] });
  const [worker] = runtime.report().workers;
  assertEquals(runtime.size, 1);
  assertEquals([worker!.processor, worker!.affinity], [id, [id]]);
});

Deno.test("Runtime.start() pins nobody where it should not", {
  timeout,
  ignore: !canPin,
}, async () => {
  const allowed = topology().allowed.ids;
  await using runtime = await Runtime.start({ workers: 1, pin: false });
  const [worker] = runtime.report().workers;
  assertEquals([worker!.pinned, worker!.affinity], [false, allowed]);
});

Deno.test("a worker that takes another one's place is pinned, too", {
  timeout,
  ignore: !canPin,
}, async () => {
  const { victim } = await import("../fixtures/victim.ts");
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  await family.on(0).exit().catch(() => {});
  await family.on(0).count();
  const [worker] = runtime.report().workers;
  assertEquals([worker!.replaced, worker!.pinned], [1, true]);
});
