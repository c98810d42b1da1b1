import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { platform } from "../../../ffi/mod.ts";
import type { MissingPart } from "../../../mod.ts";
import { type ProgramResult, runProgram } from "../../support/run_program.ts";

const timeout = 60_000;
const ROOT = fileURLToPath(new URL("../../../", import.meta.url))
  .replace(/\/$/, "");
const PROGRAM = "tests/workers/fixtures/ten_lines.ts";

/** What the program of these tests prints. */
interface Outcome {
  totals: number[];
  locals: number[];
  mode: string;
  pinned: boolean;
  missing: MissingPart[];
  source: string;
}

/** What the program must print whatever it may do. */
const SAME = { totals: [3, 6], locals: [5, 0] };

const canPin = platform().affinity() !== undefined;
/** The libraries by absolute paths, as a scoped permission needs them. */
const libraries = canPin ? loadedLibraries() : [];

function loadedLibraries(): string[] {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  const paths = maps.match(/\/\S*\/lib(c|numa)[.-][^\s/]*$/gm) ?? [];
  // As the permission is matched as text, by the name under which it opens.
  return [...new Set(paths)].flatMap((path) => {
    const folder = path.slice(0, path.lastIndexOf("/"));
    const name = path.includes("/libnuma") ? "libnuma.so.1" : "libc.so.6";
    return [`${folder}/${name}`, `${folder.replace(/^\/usr/, "")}/${name}`];
  });
}

function outcome({ code, stdout, stderr }: ProgramResult): Outcome {
  assertEquals(stderr, "", "stray output");
  assertEquals(code, 0);
  const lines = stdout.trim().split("\n");
  assertEquals(lines.length, 1, "stray output");
  const printed = JSON.parse(lines[0]!) as Outcome;
  const { totals, locals } = printed;
  assertEquals({ totals, locals }, SAME);
  return printed;
}

async function run(permissions: string[]): Promise<Outcome> {
  const result = await runProgram({ file: `${ROOT}/${PROGRAM}` }, {
    permissions,
  });
  return outcome(result);
}

Deno.test("with -A the program has pinned threads and lacks nothing", {
  timeout,
  ignore: !canPin,
}, async () => {
  const { mode, pinned, missing } = await run(["-A"]);
  assertEquals([mode, pinned], ["threads", true]);
  assertEquals(missing.filter(({ grant }) => grant !== undefined), []);
});

Deno.test("with --allow-ffi and read permission it has pinned threads", {
  timeout,
  ignore: !canPin,
}, async () => {
  const { mode, pinned, source } = await run([
    "--allow-ffi",
    `--allow-read=${ROOT}`,
  ]);
  assertEquals([mode, pinned], ["threads", true]);
  assertStringIncludes(source, "/sys");
});

Deno.test("with a scoped --allow-ffi it has pinned threads", {
  timeout,
  ignore: !canPin || libraries.length === 0,
}, async () => {
  const { mode, pinned } = await run([
    `--allow-ffi=${libraries.join(",")}`,
    `--allow-read=${ROOT}`,
  ]);
  assertEquals([mode, pinned], ["threads", true]);
});

Deno.test(
  "with read permission only it has threads that are not pinned, and says what to grant",
  {
    timeout,
  },
  async () => {
    const { mode, pinned, missing } = await run([`--allow-read=${ROOT}`]);
    assertEquals([mode, pinned], ["threads", false]);
    assert(
      missing.some(({ what, grant }) =>
        what === "pinning" && grant === "--allow-ffi"
      ),
    );
  },
);

Deno.test("with --deny-ffi it has threads that are not pinned", {
  timeout,
}, async () => {
  const { mode, pinned, missing } = await run(["-A", "--deny-ffi"]);
  assertEquals([mode, pinned], ["threads", false]);
  assert(missing.some(({ what }) => what === "pinning"));
});

Deno.test("with no permission at all it runs inline, and says what to grant", {
  timeout,
}, async () => {
  const { mode, pinned, missing } = await run([]);
  assertEquals([mode, pinned], ["inline", false]);
  assert(
    missing.some(({ what, grant }) =>
      what === "worker threads" && grant === `--allow-read=${ROOT}`
    ),
  );
});

Deno.test("served by HTTP with --allow-import only it has threads", {
  timeout,
}, async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      try {
        const text = await Deno.readTextFile(ROOT + pathname);
        const headers = { "content-type": "application/typescript" };
        return new Response(text, { headers });
      } catch {
        return new Response("not found", { status: 404 });
      }
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const cache = await Deno.makeTempDir();
  try {
    const result = await runProgram({ file: `http://${host}/${PROGRAM}` }, {
      permissions: [`--allow-import=${host}`],
      flags: ["--quiet"],
      env: { DENO_DIR: cache },
    });
    const { mode, pinned, missing } = outcome(result);
    assertEquals([mode, pinned], ["threads", false]);
    assert(!missing.some(({ what }) => what === "worker threads"));
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test(
  "a definition that a worker may not read runs inline, and the report says so",
  {
    timeout,
  },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const definition = `${folder}/definition.ts`;
      await Deno.writeTextFile(
        definition,
        `import { linked } from "@kindred/kindred";
      export const plain = linked(import.meta.url, "plain", {
        create: () => ({ value: () => 7 }),
      });`,
      );
      const { code, stdout, stderr } = await runProgram(
        `import { Runtime } from "@kindred/kindred";
      import { plain } from "file://${definition}";
      await using runtime = await Runtime.start({ workers: 1 });
      const family = await runtime.link(plain);
      console.log(await family.on(0).value());
      console.log(String(runtime.report()));`,
        { permissions: [`--allow-read=${ROOT}`] },
      );
      assertEquals([code, stderr], [0, ""]);
      assertEquals(stdout.split("\n")[0], "7");
      assertStringIncludes(stdout, `--allow-read=${folder}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("pin: 'required' is refused where nothing can be pinned", {
  timeout,
}, async () => {
  const { stdout, code } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    await Runtime.start({ pin: "required" }).catch(({ message }) =>
      console.log(message));`,
    { permissions: [`--allow-read=${ROOT}`] },
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--allow-ffi");
});
