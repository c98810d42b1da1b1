import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../../support/run_program.ts";

const PACKAGES = import.meta.resolve("../../../tools/numa_vm/packages.ts");
const COMMAND = import.meta.resolve("../../../tools/numa_vm/command.ts");
const supported = Deno.build.os === "linux" && Deno.build.arch === "x86_64";

Deno.test({
  name: "findProgram() looks in every folder of PATH (needs x86-64 Linux)",
  ignore: !supported,
  async fn() {
    const { stdout } = await runProgram(
      `
        import { findProgram } from "${COMMAND}";
        console.log(findProgram("no-such-program"), findProgram("sh"));
      `,
      { permissions: ["-A"], env: { PATH: "/nowhere:/bin" } },
    );
    assertEquals(stdout, "undefined /bin/sh\n");
  },
});

Deno.test("whatIsMissing() names the packages to install, or the system that it takes", async () => {
  const { stdout } = await runProgram(
    `
      import { whatIsMissing } from "${PACKAGES}";
      console.log(await whatIsMissing(true));
    `,
    { permissions: ["-A"], env: { PATH: supported ? "/nowhere" : "" } },
  );
  // The folders of administrators are searched all the same.
  assert(
    stdout.includes(
      supported ? "apt-get install --no-install-recommends" : "x86-64 Linux",
    ),
    stdout,
  );
  if (supported) assert(stdout.includes("qemu-system-x86"));
});
