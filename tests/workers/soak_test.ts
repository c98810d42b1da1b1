import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/run_program.ts";

const file = new URL("./fixtures/soak_program.ts", import.meta.url);

for (const seed of [1, 2]) {
  Deno.test(
    `every call is answered and every thread ends, whatever is lost when (seed ${seed})`,
    {
      timeout: 60_000,
    },
    async () => {
      const { code, stdout, stderr } = await runProgram({ file }, {
        permissions: ["-A"],
        args: [String(seed), "4000"],
        timeout: 50_000,
      });
      assertEquals([code, stderr], [0, ""]);
      const { calls, outcomes, left } = JSON.parse(stdout) as {
        calls: number;
        outcomes: Record<string, number>;
        left: number;
      };
      const answered = Object.values(outcomes).reduce((a, b) => a + b);
      assertEquals(answered, calls);
      assertEquals(left, 0, "threads are left");
      assert(outcomes["WorkerLostError"]! > 0, "no worker was lost");
      const known = [
        "ok",
        "RangeError",
        "WorkerLostError",
        "PartialFailureError",
        "RuntimeClosedError",
        "DeadlockError",
        "TimeoutError",
        "AbortError",
      ];
      assertEquals(
        Object.keys(outcomes).filter((name) => !known.includes(name)),
        [],
      );
    },
  );
}
