import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../../bench/load/server_process.ts";
import { runProgram } from "../support/run_program.ts";
import { readOpenMetrics } from "../workers/stats/open_metrics_text.ts";
import { ask, askText, until } from "./serving.ts";

const timeout = 180_000;
const COMMAND = new URL("../../serve/mod.ts", import.meta.url);
const fixture = (name: string) =>
  fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
const APP = fixture("cli_app.ts");
const TCP_APP = fixture("../tcp/fixtures/tcp_apps.ts");
const HERE = ["--port", "0", "--host", "127.0.0.1"];

interface CommandOptions {
  /** Options of Deno. Default: those that it should have. */
  readonly flags?: readonly string[];
}

/** Serves a module until it is told to end. */
function start(
  module: string,
  args: readonly string[] = [],
  { flags = ["--unstable-net"] }: CommandOptions = {},
): Promise<ServerProcess> {
  return ServerProcess.start({
    args: [
      ...["run", "--quiet", "--no-check", "--no-config", "-A", ...flags],
      COMMAND.href,
      module,
      ...args.includes("--path") ? [] : HERE,
      ...args.includes("--workers") ? [] : ["--workers", "2"],
      ...args,
    ],
  });
}

const url = ({ port }: ServerProcess, path = "/") =>
  `http://127.0.0.1:${port}${path}`;

/** Asks for what does not end by itself; it is under way when this has resolved. */
async function underWay(
  server: ServerProcess,
  path: string,
): Promise<{ readonly answer: Promise<Response> }> {
  const count = async () => (await (await ask(url(server))).json()).total;
  const before = await count();
  const answer = ask(url(server, path));
  answer.catch(() => {});
  for (let asked = 1; await count() === before + asked; asked++);
  return { answer };
}

async function isCut({ answer }: { readonly answer: Promise<Response> }) {
  return await answer.then(() => false, () => true);
}

Deno.test(
  "the command prints the address, and serves with linked families on all workers",
  {
    timeout,
  },
  async () => {
    await using server = await start(APP);
    assertEquals(server.output, `http://127.0.0.1:${server.port}/\n`);
    const workers = new Set<number>();
    for (let count = 1; workers.size < 2; count++) {
      const { worker, total } = await (await ask(url(server))).json();
      assertEquals(total, count);
      workers.add(worker);
    }
  },
);

Deno.test(
  "SIGTERM and SIGINT let what is under way end, and the command then ends with 0",
  {
    timeout,
  },
  async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using server = await start(APP);
      const { answer } = await underWay(server, "/slow");
      server.signal(signal);
      assertEquals((await answer).status, 200);
      const { code, signal: endedBy } = await server.ended;
      assertEquals([code, endedBy], [0, null]);
    }
  },
);

Deno.test("a second signal ends the command at once", {
  timeout,
}, async () => {
  for (const [signal, status] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    await using server = await start(APP);
    const asked = await underWay(server, "/endless");
    server.signal(signal);
    await untilRefused(server);
    server.signal(signal);
    assertEquals((await server.ended).code, status);
    assert(await isCut(asked));
  }
});

/** It has heard the first signal. */
async function untilRefused(server: ServerProcess): Promise<void> {
  await until(() => ask(url(server)).then(() => false, () => true));
}

Deno.test("what is under way after --shutdown-timeout is cut", {
  timeout,
}, async () => {
  await using server = await start(APP, ["--shutdown-timeout", "50"]);
  const asked = await underWay(server, "/endless");
  server.signal("SIGTERM");
  assert(await isCut(asked));
  assertEquals((await server.ended).code, 0);
});

/** Tests with a module of its own, which answers "one", in a folder of its own. */
async function withModule(
  args: readonly string[],
  test: (server: ServerProcess, write: WriteModule) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const write: WriteModule = (file, text) =>
    Deno.writeTextFile(`${folder}/${file}`, text);
  try {
    await write("text.ts", `export const text = "one";`);
    await write("app.ts", APPLICATION);
    await using server = await start(`${folder}/app.ts`, args);
    assertEquals(await askText(url(server)), "one");
    await test(server, write);
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type WriteModule = (file: string, text: string) => Promise<void>;

const APPLICATION = `
  import { text } from "./text.ts";
  export default () => new Response(text);`;

async function untilAnswered(
  server: ServerProcess,
  answer: string,
): Promise<void> {
  await until(async () =>
    await askText(url(server)).catch(() => "") === answer
  );
}

Deno.test(
  "SIGHUP loads the module anew, and goes on with the former one where that fails",
  {
    timeout,
  },
  async () => {
    await withModule([], async (server, write) => {
      await write(
        "text.ts",
        "export const text = ''; throw new Error('it is broken');",
      );
      server.signal("SIGHUP");
      await server.says(/it is broken/);
      await write("text.ts", `export const text = "two";`);
      server.signal("SIGHUP");
      await untilAnswered(server, "two");
    });
  },
);

Deno.test("--watch loads the module anew when a file beside it changes", {
  timeout,
}, async () => {
  await withModule(["--watch"], async (server, write) => {
    await write("text.ts", `export const text = "two";`);
    await untilAnswered(server, "two");
  });
});

Deno.test("--metrics serves what the runtime and the server count", {
  timeout,
}, async () => {
  await using server = await start(APP, ["--metrics", "0"]);
  const [page] = await server.says(/http:\S+\/metrics(?=\n)/);
  for (let k = 0; k < 10; k++) await ask(url(server));
  const response = await ask(page);
  assertStringIncludes(
    response.headers.get("content-type")!,
    "application/openmetrics-text; version=1.0.0",
  );
  const families = readOpenMetrics(await response.text());
  const sum = (name: string) =>
    families.get(name)!.samples.reduce((all, { value }) => all + value, 0);
  assertEquals(sum("kindred_server_requests"), 10);
  assertEquals(sum("kindred_server_listening"), 2);
  assert(sum("kindred_tasks_started") > 0);
  assertEquals((await ask(new URL("/", page).href)).status, 404);
  server.signal("SIGTERM");
  assertEquals((await server.ended).code, 0);
});

Deno.test("the command serves TCP where the module has a 'connection'", {
  timeout,
}, async () => {
  await using server = await start(TCP_APP);
  assertEquals(server.output, `tcp://127.0.0.1:${server.port}/\n`);
  using connection = await Deno.connect({ port: server.port });
  const answer = new Uint8Array(8);
  assertEquals(await connection.read(answer), 1);
  assert(answer[0] === 48 || answer[0] === 49);
});

Deno.test(
  "the command serves without --unstable-net too, and says what that costs",
  {
    timeout,
  },
  async () => {
    for (const module of [APP, TCP_APP]) {
      await using server = await start(module, [], { flags: [] });
      await server.says(/--unstable-net/);
      if (module === APP) {
        assertEquals((await ask(url(server))).status, 200);
      } else {
        using connection = await Deno.connect({ port: server.port });
        assertEquals(await connection.read(new Uint8Array(8)), 1);
      }
      server.signal("SIGTERM");
      assertEquals((await server.ended).code, 0);
    }
  },
);

async function run(...args: string[]) {
  return await runProgram({ file: COMMAND }, { permissions: ["-A"], args });
}

Deno.test("arguments that make no sense end the command with 2", {
  timeout,
}, async () => {
  for (
    const [args, what] of [
      [[], "module"],
      [["a.ts", "b.ts"], "a.ts b.ts"],
      [["a.ts", "--prot", "1"], "--prot"],
      [["a.ts", "--port"], "--port"],
      [["a.ts", "--port", "http"], '"http"'],
      [["a.ts", "--workers", "1.5"], '"1.5"'],
      [["a.ts", "--metrics", "here"], '"here"'],
      [["a.ts", "--metrics", "65536"], '"65536"'],
      [["a.ts", "--watch=1"], "--watch"],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, what);
    assertStringIncludes(stderr, "--help");
  }
});

Deno.test("what cannot be served ends the command with 1", {
  timeout,
}, async () => {
  using taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = taken.addr;
  for (
    const [args, what] of [
      [["./nowhere.ts"], "nowhere.ts"],
      [[APP, "--port", "65536"], "65536"],
      [[APP, "--port", `${port}`, "--host", "127.0.0.1"], `${port}`],
      [[APP, ...HERE, "--metrics", `${port}`], `${port}`],
      [[APP, "--cert", "none.pem", "--key", "none.pem"], "none.pem"],
      [[fixture("apps.ts"), ...HERE, "--workers", "0"], "workers"],
      [[fixture("../serving.ts"), ...HERE], "default"],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(...args);
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, what);
  }
});

Deno.test("--help says what there is", async () => {
  const { code, stdout, stderr } = await run("--help");
  assertEquals([code, stderr], [0, ""]);
  for (const option of ["--port", "--workers", "--metrics", "--watch"]) {
    assertStringIncludes(stdout, option);
  }
});
