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
      assertEquals([code, stderr], [0, ""], stdout);
      const { calls, outcomes, unanswered, unknown, left } = JSON.parse(stdout);
      assert(calls > 0);
      assertEquals([unanswered, unknown], [0, []]);
      assertEquals(left, 0, "threads are left");
      assert(outcomes["WorkerLostError"]! > 0, "no worker was lost");
    },
  );
}
