import { assertEquals, assertStringIncludes } from "@std/assert";

const PROGRAM = `import { Runtime } from "@kindred/kindred";

const rate = 0.25;
await using runtime = await Runtime.start();
await runtime.spawn((net: number) => net * rate, 100);
// deno-lint-ignore kindred/no-captured-variables
await runtime.spawn((net: number) => net / rate, 100);
await runtime.spawn((net: number, rate: number) => net * rate, 100, rate);
`;

Deno.test("the plugin works where a deno.json names it", {
  timeout: 30_000,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "lint_" });
  try {
    const plugin = new URL("../../lint/mod.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ lint: { plugins: [plugin], rules: { tags: [] } } }),
    );
    await Deno.writeTextFile(`${folder}/main.ts`, PROGRAM);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["lint", "--json", "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 1, said);
    const { diagnostics } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(diagnostics.length, 1);
    const [{ code: rule, message, range }] = diagnostics;
    assertEquals(rule, "kindred/no-captured-variables");
    assertStringIncludes(message, "'rate'");
    assertEquals(range.start.line, 5);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
