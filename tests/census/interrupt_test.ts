import { assert, assertEquals, assertMatch } from "@std/assert";
import { DEMO, Folder } from "./demo.ts";

/** So often the same file is counted: for longer than anybody waits. */
const REPEATS = 400;

/** Resolves when a process has a file open. */
async function hasOpened(pid: number, path: string): Promise<void> {
  while (!openFiles(pid).includes(path)) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function openFiles(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}

for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test({
    name: `demo stops within a second at ${signal}, and says how far it came`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = new Folder();
      const path = folder.write("text", "some words here\n".repeat(2 ** 19));
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-check", "-A", DEMO.href],
          ...new Array(REPEATS).fill(path),
        ],
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const kill = setTimeout(() => child.kill("SIGKILL"), 10_000);
      const output = child.output();
      await hasOpened(child.pid, path);
      const sent = performance.now();
      child.kill(signal);
      child.kill(signal); // as when the terminal and a parent both send it
      const { code, stderr } = await output;
      const took = performance.now() - sent;
      clearTimeout(kill);
      assertEquals(code, status);
      assert(took < 1000, `it took ${took} ms`);
      assertMatch(
        new TextDecoder().decode(stderr),
        /^stopped after \d+ of 400 files, .* words? in .* s\n$/,
      );
    },
  });
}
