import { assertEquals, assertStringIncludes } from "@std/assert";
import { gross } from "../../../examples/prices.ts";
import { runProgram } from "../../support/run_program.ts";

const file = new URL("./fixtures/sends_functions.ts", import.meta.url);

Deno.test("functions come to the same with threads and inline", {
  timeout: 60_000,
}, async () => {
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  const lines = threads.stdout.split("\n");
  assertEquals(inline.stdout.split("\n"), lines);
  assertEquals(lines.slice(0, 7), ["3", "2", "55", "2", "0", "12", "15"]);
  assertEquals(
    lines[7],
    "ReferenceError ReferenceError: undefinedName is not defined",
  );
  assertStringIncludes(
    lines[8]!,
    "ReferenceError: Cannot run function 'double' on a worker as it uses 'captured' of its surroundings: pass it as an argument or export the function with portable()",
  );
  assertStringIncludes(lines[9]!, "'captured' of its surroundings");
  assertEquals(
    lines[10],
    "ReferenceError ReferenceError: captured is not defined",
  );
  for (const line of lines.slice(11, 14)) {
    assertStringIncludes(line, "TypeError: Cannot send");
  }
  assertEquals(lines[14], `"undefined"`);
});

Deno.test("functions are exported where no code may be made from strings", {
  timeout: 60_000,
}, async () => {
  const prices = new URL("../../../examples/prices.ts", import.meta.url);
  const { code, stdout, stderr } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    import { gross } from "${prices}";
    const runtime = await Runtime.start({ workers: 1 });
    console.log(await runtime.spawn(gross, 100));
    await runtime.spawn((n) => n, 1).then(undefined, (error) => {
      console.log(error.constructor.name, error.message);
    });
    await runtime.close();`,
    {
      permissions: ["-A"],
      flags: ["--v8-flags=--disallow-code-generation-from-strings"],
    },
  );
  assertEquals([code, stderr], [0, ""]);
  const [result, refusal] = stdout.split("\n");
  assertEquals(result, String(gross(100)));
  assertStringIncludes(refusal!, "TypeError Cannot send");
  assertStringIncludes(refusal!, "portable()");
});
