import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../../support/run_program.ts";

Deno.test(
  "scopes, sets, mappings, streams and callbacks come to the same with threads and inline",
  {
    timeout: 60_000,
  },
  async () => {
    const file = new URL("../fixtures/same_flows.ts", import.meta.url);
    const threads = await runProgram({ file }, { permissions: ["-A"] });
    const inline = await runProgram({ file });
    assertEquals([threads.code, threads.stderr], [0, ""]);
    assertEquals([inline.code, inline.stderr], [0, ""]);
    assertEquals(inline.stdout.split("\n"), threads.stdout.split("\n"));
    assertStringIncludes(threads.stdout, "caught thrown in");
  },
);
