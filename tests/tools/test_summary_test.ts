import { assertEquals } from "@std/assert";
import { TestSummary } from "../../tools/test_summary.ts";

function countsOf(...pieces: string[]): unknown {
  const summary = new TestSummary();
  const encoder = new TextEncoder();
  for (const piece of pieces) summary.add(encoder.encode(piece));
  return summary.counts();
}

Deno.test("TestSummary counts tests, not steps, in every form of the line", () => {
  const forms = [
    "ok | 12 passed | 3 failed (1s)\n",
    "FAILED | 12 passed (3 steps) | 3 failed (1 step) | 2 ignored (1s)\n",
    "ok | 12 passed (1 step) | 3 failed | 4 filtered out (447ms)\r\n",
  ];
  for (const form of forms) {
    assertEquals(countsOf(form), { passed: 12, failed: 3 });
  }
});

Deno.test("TestSummary reads through colours", () => {
  const line =
    "\x1b[0m\x1b[32mok\x1b[0m | 7 passed (1 step) | 0 failed \x1b[0m\x1b[38;5;245m(447ms)\x1b[0m\n";
  assertEquals(countsOf(line), { passed: 7, failed: 0 });
});

Deno.test("TestSummary joins pieces and takes the last summary", () => {
  assertEquals(
    countsOf(
      "ok | 1 passed | 1 failed (1s)\nok | 5 pas",
      "sed | 0 failed (1s)",
    ),
    { passed: 5, failed: 0 },
  );
});

Deno.test("TestSummary finds a summary after more output than it keeps", () => {
  const noise = "x".repeat(50_000) + "\n";
  assertEquals(
    countsOf(noise, noise, noise, "ok | 5 passed | 0 failed (1s)\n"),
    { passed: 5, failed: 0 },
  );
});

Deno.test("TestSummary.counts() is undefined without a summary", () => {
  assertEquals(countsOf("a ... ok (1ms)\n", "5 passed | 0 failed"), undefined);
});
