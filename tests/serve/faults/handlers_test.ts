import { assert, assertEquals } from "@std/assert";
import { AnswerReader } from "../../../bench/load/answer_reader.ts";
import { requestOf, write } from "../../../bench/load/request.ts";
import { clients } from "./clients.ts";
import {
  askWhatEnds,
  assertAllAnswered,
  testServer,
  threadsThatAnswer,
  underLoad,
  untilThreadsAnswer,
} from "./testing.ts";

for (const path of ["/throw", "/reject"]) {
  testServer(
    `a handler that fails under load costs its own request only (${path})`,
    async (server) => {
      const figures = await underLoad(server, async () => {
        const failing = server.load({ path, connections: 4, requests: 100 });
        await failing.ended();
        // Each has an answer, and its connection goes on.
        assertEquals(failing.statuses, new Map([[500, 100]]));
        assertEquals((await server.stats()).errors, 100);
      }, { name: `handlers fail: ${path}` });
      assertAllAnswered(figures);
    },
  );
}

testServer(
  "handlers that hang under load keep nobody else from being answered",
  async (server) => {
    const hanging = server.load({
      path: "/hang",
      connections: 50,
      requests: 50,
    });
    const figures = await underLoad(server, async () => {
      while ((await server.stats()).active < 50);
    }, { name: "handlers hang" });
    assertAllAnswered(figures);
    assertEquals((await server.stats()).active, 50);
    await server.end();
    await hanging.ended();
  },
  { shutdownTimeout: 200 },
);

for (const path of ["/end", "/stray"]) {
  testServer(
    `a worker that ends under load costs its own requests only, and is replaced (${path})`,
    async (server) => {
      const before = await untilThreadsAnswer(server, 2);
      let dead: string[] = [];
      const { lost } = await underLoad(server, async () => {
        dead = await askWhatEnds(server, path);
        return dead;
      }, { name: `a worker ends: ${path}` });
      assertEquals(lost, 0);
      assertEquals(dead.length, 1);
      assert(before.isSupersetOf(new Set(dead)));
      const after = await untilThreadsAnswer(server, 2, dead);
      assertEquals(after.intersection(before).size, 1);
    },
  );
}

testServer(
  "a worker that ends cuts none of the connections of the others",
  async (server) => {
    using open = await clients(server, { count: 32, says: "" });
    const asking = open.map((connection) => {
      const reader = new AnswerReader(connection);
      return async (target: string) => {
        await write(connection, requestOf(target));
        return (await reader.next()).body;
      };
    });
    const threads = await Promise.all(asking.map((ask) => ask("/who")));
    const asked = asking.map((ask, k) => ask(`/gate?id=${-1 - k}`));
    const answers = Promise.allSettled(asked);
    await server.sees(asked.length);
    const [dead] = await askWhatEnds(server, "/end");
    await server.openGate();
    for (const [k, { status }] of (await answers).entries()) {
      assertEquals(status, threads[k] === dead ? "rejected" : "fulfilled");
    }
    const count = threads.filter((thread) => thread === dead).length;
    assert(count > 0 && count < threads.length);
  },
);

testServer(
  "a handler that runs away costs the connections of its worker, and new ones are answered",
  async (server) => {
    await untilThreadsAnswer(server, 2);
    const load = server.load({
      connections: 1,
      requests: 1,
      path: "/run-away?id=-1",
    });
    const { thread } = await server.witnessOf(-1);
    await load.cut();
    await untilThreadsAnswer(server, 2, [thread]);
    // Nobody waits for the one that is gone.
    const again = server.load({
      connections: 8,
      requests: 200,
      isOneShot: true,
    });
    await again.ended();
    assertEquals(again.statuses, new Map([[200, 200]]));
  },
  { stallTimeout: 2000 },
);

for (const workers of [1, 2]) {
  testServer(
    `handlers that leak have their workers replaced, and no request is lost, of ${workers}`,
    async (server) => {
      const before = await untilThreadsAnswer(server, workers);
      const { refused, died, lost } = await underLoad(server, async () => {
        const leaking = server.load({
          path: "/leak?kib=1024",
          connections: 2,
          isOneShot: true,
        });
        while ((await threadsThatAnswer(server, 20)).isSubsetOf(before));
        await leaking.stop();
        assertEquals(leaking.count("answered"), leaking.outcomes.size);
        assertEquals([...leaking.statuses.keys()], [200]);
      }, { name: `handlers leak, ${workers}` });
      // They are replaced one after the other, and somebody accepts for the only one.
      assertEquals([refused, died, lost], [0, 0, 0]);
    },
    { workers, maxHeap: 48 * 1024 * 1024 },
  );
}

testServer(
  "a worker that has enough answers with 503 and Retry-After, and goes on when it can",
  async (server) => {
    const slow = server.load({
      path: "/pause?ms=300",
      connections: 10,
      requests: 10,
    });
    await server.sees(10);
    const { status, headers } = await server.ask("/");
    assertEquals(status, 503);
    assert(Number(headers.get("retry-after")) > 0);
    await slow.ended();
    assertEquals(slow.statuses, new Map([[200, 10]]));
    assertEquals((await server.ask("/")).status, 200);
    assertEquals((await server.stats()).refused, 1);
  },
  { workers: 1, maxConcurrent: 10 },
);
