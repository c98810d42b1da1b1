/**
 * What servers of all kinds do.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Hits, hits } from "../../examples/hits.ts";
import type { AppExport, ListenOptions, Server } from "../../serve/mod.ts";
import { StartedWorkers } from "../workers/started_workers.ts";
import * as http from "./serving.ts";
import * as tcp from "./tcp/talking.ts";

const timeout = 180_000;

/** How servers of a kind are started and asked. */
interface Kind {
  readonly name: string;
  /** An application of its fixtures. */
  app(name: string): AppExport;
  serveHere(app: AppExport, options: ListenOptions<Families>): Promise<Server>;
  /** Options of its own that are none, and what is said of them. */
  readonly bad: readonly [Record<string, unknown>, string][];
  /** What the worker says that answers: by default its index. */
  hear(server: Server): Promise<string>;
}

interface Families {
  readonly hits: Hits;
}

/** What is no application. */
const SOURCES = [
  "./relative.ts",
  5,
  null,
  {},
  { module: http.APPS, export: "" },
  () => new Response(),
];

const KINDS: readonly Kind[] = [
  {
    name: "serve()",
    app: http.app,
    serveHere: http.serveHere<Families>,
    bad: [
      [{ maxBody: -1 }, "'maxBody'"],
      [{ maxConcurrent: 0 }, "'maxConcurrent'"],
      [{ health: "health" }, "'health'"],
      [{ readiness: "" }, "'readiness'"],
    ],
    hear: (server) => http.askText(http.urlOf(server)),
  },
  {
    name: "serveTcp()",
    app: tcp.app,
    serveHere: tcp.serveHere<Families>,
    bad: [
      [{ maxConnections: 0 }, "'maxConnections'"],
      [{ maxConnections: "5" }, "'maxConnections'"],
    ],
    hear: tcp.hear,
  },
];

for (const { name, app, serveHere, bad, hear } of KINDS) {
  Deno.test(`${name} starts and stops the application on each worker`, {
    timeout,
  }, async () => {
    const family = hits.family();
    const families = { hits: family };
    const server = await serveHere(app("living"), { families });
    assertEquals(family.here.total.value, 2);
    assertEquals(await hear(server), "1"); // of this thread
    // Whoever is not ready in time is ended without it, and this machine may be slow.
    await server.shutdown({ timeout: Infinity });
    assertEquals(family.here.total.value, 4);
  });

  Deno.test(
    `${name}: a worker that takes the place of a lost one listens again`,
    { timeout },
    async () => {
      await using server = await serveHere(app("default"), {});
      await http.loseWorker(server, 1);
      const seen = new Set<string>();
      await http.until(async () => {
        // The socket of the former one may be there for a moment, and resets what it got.
        seen.add(await hear(server).catch(() => ""));
        return seen.has("0") && seen.has("1");
      });
    },
  );

  Deno.test(
    `${name} refuses options that are none, before it starts anything`,
    { timeout },
    async () => {
      using started = new StartedWorkers();
      const all: [Record<string, unknown>, string][] = [
        [{ port: -1 }, "'port'"],
        [{ port: 65536 }, "'port'"],
        [{ port: "80" }, "'port'"],
        [{ hostname: 1 }, "'hostname'"],
        [{ hostname: "no such host" }, "'hostname'"],
        [{ path: "/x", port: 1 }, "'path'"],
        [{ path: "/x", cert: "x", key: "x" }, "'path'"],
        [{ cert: "x" }, "'key'"],
        [{ key: "x" }, "'cert'"],
        [{ shutdownTimeout: -1 }, "'shutdownTimeout'"],
        [{ shutdownTimeout: NaN }, "'shutdownTimeout'"],
        [{ stallTimeout: 499 }, "'stallTimeout'"],
        [{ runtime: {} }, "'runtime'"],
        [{ signal: {} }, "'signal'"],
        [{ onListen: "listen" }, "'onListen'"],
        [{ families: null }, "'families'"],
        [{ families: 5 }, "'families'"],
        ...bad,
      ];
      for (const [options, what] of all) {
        const { message } = await assertRejects(
          () => serveHere(app("default"), options as ListenOptions<Families>),
          Error,
        );
        assertStringIncludes(message, what);
      }
      for (const source of SOURCES) {
        await assertRejects(
          () => serveHere(source as AppExport, {}),
          TypeError,
        );
      }
      assertEquals(started.list.length, 0);
    },
  );
}
