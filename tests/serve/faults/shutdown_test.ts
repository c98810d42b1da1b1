import { assert, assertEquals } from "@std/assert";
import { FaultServer } from "./fault_server.ts";
import type { Figures } from "./figures.ts";
import {
  LIMITS,
  testServer,
  underLoad,
  untilThreadsAnswer,
} from "./testing.ts";

/**
 * Something that resets no connection, unless the server or its clients had no processor in
 * just the wrong moment: so it has several chances.
 */
async function resetsNothing(act: () => Promise<Figures>): Promise<void> {
  let reset = Infinity;
  for (let chances = 5; chances > 0 && reset > 0; chances--) {
    const figures = await act();
    assertEquals([figures.died, figures.lost], [0, 0]);
    reset = figures.reset;
  }
  assertEquals(reset, 0);
}

for (const isOneShot of [false, true]) {
  const kind = isOneShot ? "new connections" : "connections that stay open";
  const options = {
    name: `SIGTERM, ${kind}`,
    connections: 32,
    isOneShot,
    endsWhenRefused: true,
  };
  Deno.test(
    `Server.shutdown() by SIGTERM loses no request that a handler saw, and resets none, of ${kind}`,
    LIMITS,
    () =>
      resetsNothing(async () => {
        await using server = await FaultServer.start({ workers: 2 });
        const figures = await underLoad(server, async (load) => {
          const { requests, active } = await server.end();
          await load.ended();
          assertEquals(active, 0);
          assert(requests > 0);
        }, options);
        assertEquals(figures.refused, options.connections);
        return figures;
      }),
  );
}

testServer(
  "Server.shutdown() lets slow handlers and streams end",
  async (server) => {
    const slow = server.load({
      path: "/pause?ms=500",
      connections: 8,
      requests: 8,
    });
    const pieces: string[] = [];
    const streams = server.load({
      path: "/stream?pieces=10&ms=50",
      connections: 8,
      requests: 8,
      onAnswer: ({ body }) => pieces.push(body),
    });
    await server.sees(16);
    await server.end();
    await Promise.all([slow.ended(), streams.ended()]);
    assertEquals(slow.statuses, new Map([[200, 8]]));
    assertEquals(streams.statuses, new Map([[200, 8]]));
    for (const body of pieces) assertEquals(body.split("\n").length, 11);
  },
);

testServer(
  "Server.shutdown() cuts what does not end in time",
  async (server) => {
    const hanging = server.load({ path: "/hang", connections: 8, requests: 8 });
    await server.sees(8);
    await server.end();
    await hanging.ended();
    assertEquals([...hanging.outcomes.values()], Array(8).fill("reset"));
  },
  { shutdownTimeout: 200 },
);

testServer(
  "Server.restart() loses nothing under load, and every worker is another thread",
  async (server) => {
    await resetsNothing(async () => {
      const before = await untilThreadsAnswer(server, 2);
      const figures = await underLoad(server, async () => {
        await server.restart();
      }, { name: "rolling restart" });
      assertEquals(figures.refused, 0);
      await untilThreadsAnswer(server, 2, before);
      return figures;
    });
  },
);

testServer(
  "Server.restart() without FFI cuts few of the connections that stay open",
  async (server) => {
    const connections = 32;
    let reset = Infinity;
    for (let chances = 5; chances > 0 && reset > connections / 4; chances--) {
      const figures = await underLoad(server, async () => {
        await server.restart();
      }, { name: "restart without FFI", connections });
      assertEquals([figures.refused, figures.lost], [0, 0]);
      reset = figures.reset;
    }
    assert(reset <= connections / 4);
  },
  { hasFfi: false },
);
