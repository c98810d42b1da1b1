import { assertEquals } from "@std/assert";

Deno.test("topology() works in an engine without Deno", () => {
  const program = import.meta.resolve("./engine_program.ts");
  const { code, stderr, stdout } = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--no-lock", program],
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(code, 0);
  assertEquals(JSON.parse(decoder.decode(stdout)), {
    source: "navigator.hardwareConcurrency",
    processors: navigator.hardwareConcurrency,
    affinity: "unknown",
    pin: "PinningUnavailableError",
    read: "Error",
    fake: 4,
  });
});
