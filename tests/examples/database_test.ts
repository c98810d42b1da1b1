import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  compare,
  type Figure,
  tableOf,
  type User,
} from "../../examples/database/comparison.ts";
import { lookups } from "../../examples/database/lookups.ts";
import { PostgresServer } from "../../examples/database/postgres_server.ts";
import { runProgram } from "../support/run_program.ts";

const DATABASES = new URL("../../examples/database/", import.meta.url);

Deno.test("lookups() makes one statement of what comes while the connection is busy", async () => {
  const asked: number[][] = [];
  let answer = Promise.withResolvers<void>();
  const users = lookups<number, User>({
    async find(ids) {
      asked.push(ids);
      await answer.promise;
      // In another order, and one is not there.
      return ids.filter((id) => id !== 7).reverse()
        .map((id) => ({ id, name: `user ${id}` }));
    },
    keyOf: ({ id }) => id,
    concurrency: 1,
  });
  const first = users.push(1);
  await Promise.resolve();
  const others = [7, 2, 3, 2].map((id) => users.push(id));
  answer.resolve();
  answer = Promise.withResolvers();
  assertEquals(await first, { id: 1, name: "user 1" });
  answer.resolve();
  const names = (await Promise.all(others)).map((user) => user?.name);
  assertEquals(names, [undefined, "user 2", "user 3", "user 2"]);
  assertEquals(asked, [[1], [7, 2, 3, 2]]);
});

Deno.test("lookups() rejects all who asked for a statement that fails, and goes on", async () => {
  const failure = new Error("the connection is gone");
  let fails = true;
  const users = lookups<number, User>({
    find: (ids) =>
      fails ? Promise.reject(failure) : ids.map((id) => ({ id, name: "" })),
    keyOf: ({ id }) => id,
  });
  const both = await Promise.allSettled([users.push(1), users.push(2)]);
  for (const { status, reason } of both as PromiseRejectedResult[]) {
    assertEquals([status, reason], ["rejected", failure]);
  }
  fails = false;
  assertStrictEquals((await users.push(1))?.id, 1);
});

Deno.test("compare() refuses a way that finds somebody else", async () => {
  const wrong = {
    name: "wrong",
    find: () => Promise.resolve({ id: 1, name: "user 2" }),
    statements: () => 0,
  };
  await assertRejects(() => compare([wrong], 4), Error, "for user 1");
});

/** How many requests a statement of `in batches` had, by clients, in what a program prints. */
function perStatement(table: string): Record<string, number> {
  const rows = [...table.matchAll(/^ *(\d+) +in batches .* ([\d.]+)$/gm)];
  return Object.fromEntries(rows.map(([, clients, n]) => [clients, Number(n)]));
}

Deno.test("tableOf() shows requests, statements, and how many of the former one of the latter has", () => {
  const figure: Figure = {
    clients: 16,
    name: "in batches",
    requestsPerSecond: 1000,
    statementsPerSecond: 80,
  };
  assertMatch(tableOf([figure]), / 1000 +80 +12\.5$/);
  assertEquals(perStatement(tableOf([figure])), { 16: 12.5 });
});

Deno.test("The SQLite example makes one statement of the requests of a turn", {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    { file: new URL("sqlite.ts", DATABASES) },
    { permissions: ["--allow-all"], args: ["1024"], timeout: 50_000 },
  );
  assertEquals(code, 0, stderr);
  assertEquals(perStatement(stdout), { 1: 1, 16: 16, 256: 256 });
});

const isInstalled = PostgresServer.installed() !== undefined;
/** Said by the name of a test that is ignored. */
const missing = isInstalled ? "" : ", if Debian's package postgresql is there";

Deno.test({
  name:
    `The PostgreSQL example makes few statements of many requests, and leaves nothing${missing}`,
  ignore: !isInstalled,
  timeout: 120_000,
  async fn() {
    const before = serverFolders();
    const { code, stdout, stderr } = await runProgram(
      { file: new URL("postgres.ts", DATABASES) },
      { permissions: ["--allow-all"], args: ["1024"], timeout: 100_000 },
    );
    assertEquals(code, 0, stderr);
    const { 1: alone, 256: many } = perStatement(stdout);
    assertEquals(alone, 1);
    // As many as there are clients, but for the connections that are not busy.
    assert(many! > 16, stdout);
    assertEquals(serverFolders().difference(before).size, 0);
  },
});

Deno.test({
  name:
    `PostgresServer.start() says why there is no server, and leaves nothing${missing}`,
  ignore: !isInstalled,
  timeout: 120_000,
  async fn() {
    const before = serverFolders();
    const folder = await Deno.makeTempDir({ dir: "/tmp" });
    try {
      await Deno.chmod(folder, 0o755);
      const initdb = "#!/bin/sh\necho the disk is full\nexit 3\n";
      await Deno.writeTextFile(`${folder}/initdb`, initdb, { mode: 0o755 });
      await assertRejects(
        () => PostgresServer.start(folder),
        Error,
        "the disk is full",
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assertEquals(serverFolders().difference(before).size, 0);
  },
});

for (
  const how of [
    "ends",
    "throws",
    "is interrupted",
    "is killed",
    "is killed at once",
  ]
) {
  Deno.test({
    name:
      `PostgresServer is gone when its program ${how}, and its folder${missing}`,
    ignore: !isInstalled,
    timeout: 120_000,
    async fn() {
      const before = serverFolders();
      const { stdout, code } = await runProgram(
        { file: new URL("fixtures/server_program.ts", import.meta.url) },
        { permissions: ["--allow-all"], args: [how], timeout: 100_000 },
      );
      assertEquals(code === 0, how === "ends");
      assertEquals(serverFolders().difference(before).size, 0);
      if (how === "is killed at once") return assertEquals(stdout, "");
      const [folder, pid] = stdout.trim().split(" ");
      assertMatch(folder!, /^\/tmp\/tmp\.\w+\.postgres$/);
      assertThrows(() => Deno.statSync(`/proc/${pid}`), Deno.errors.NotFound);
    },
  });
}

function serverFolders(): Set<string> {
  const entries = [...Deno.readDirSync("/tmp")].map(({ name }) => name);
  return new Set(entries.filter((name) => name.endsWith(".postgres")));
}
