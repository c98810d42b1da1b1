import { assert, assertEquals } from "@std/assert";

const PROGRAM = new URL("./boot_program.ts", import.meta.url);

/** Writes its id into a file, and then does nothing until it is ended, as an idle machine. */
const IDLE_MACHINE = (file: string): string =>
  `#!/bin/sh\necho $$ > ${file}\nexec sleep 100\n`;

function isRunning(id: number): boolean {
  try {
    // The name of an ended process that nobody has waited for is there still.
    const state = Deno.readTextFileSync(`/proc/${id}/stat`);
    return !/\) Z /.test(state);
  } catch {
    return false;
  }
}

Deno.test({
  name: "boot() ends QEMU and leaves no files when its process is told to end",
  ignore: Deno.build.os !== "linux",
  timeout: 60_000,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/tmp`);
      await Deno.writeTextFile(
        `${folder}/qemu-system-x86_64`,
        IDLE_MACHINE(`${folder}/id`),
        { mode: 0o755 },
      );
      const changes = Deno.watchFs(folder);
      const program = new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--no-lock", "-A", PROGRAM.href],
        env: {
          PATH: `${folder}:${Deno.env.get("PATH")}`,
          TMPDIR: `${folder}/tmp`,
        },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let machine = Number.NaN;
      for await (const _change of changes) {
        machine = parseInt(readIfThere(`${folder}/id`));
        if (!Number.isNaN(machine)) break;
      }
      assert(isRunning(machine));
      program.kill("SIGTERM");
      const { code, stderr } = await program.output();
      assertEquals(code, 1);
      assert(new TextDecoder().decode(stderr).includes("SIGTERM"));
      assert(!isRunning(machine));
      assertEquals([...Deno.readDirSync(`${folder}/tmp`)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
