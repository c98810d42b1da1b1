import { assert, assertEquals, assertGreater } from "@std/assert";
import { runProgram } from "../../support/run_program.ts";

const KEEP_ALIVE =
  new URL("../../../sync/thread/keep_alive.ts", import.meta.url).href;
const BARRIER =
  new URL("../../../sync/waiting/barrier.ts", import.meta.url).href;

/**
 * A program that waits for 300 ms, by itself no reason to live on. Not at its
 * top level: while a module waits there, weak timers do keep it alive.
 */
const program = (body: string) => `
  import { hold, onTick, release } from "${KEEP_ALIVE}";
  const word = new Int32Array(new SharedArrayBuffer(4));
  const waited = () => Atomics.waitAsync(word, 0, 0, 300).value;
  async function main() {
    ${body}
    console.log("end");
  }
  main();
`;

const TIMEOUT = { timeout: 120_000 };

Deno.test(
  "hold() keeps the program alive until release()",
  TIMEOUT,
  async () => {
    const { stdout, code } = await runProgram(program(`
    hold();
    await waited();
    release();
  `));
    assertEquals([stdout, code], ["end\n", 0]);
  },
);

Deno.test("release() lets the program end", TIMEOUT, async () => {
  const { stdout } = await runProgram(program(`
    hold();
    release();
    waited().then(() => console.log("too late"));
  `));
  assertEquals(stdout, "end\n");
});

Deno.test("hold() counts", TIMEOUT, async () => {
  const { stdout, code } = await runProgram(program(`
    hold();
    hold();
    release();
    await waited();
    hold();
    release();
    await waited();
    release();
  `));
  assertEquals([stdout, code], ["end\n", 0]);
});

Deno.test(
  "hold() keeps the program alive again after release()",
  TIMEOUT,
  async () => {
    const { stdout, code } = await runProgram(program(`
    for (let k = 0; k < 3; k++) {
      hold();
      await waited();
      release();
    }
    // Long enough for the timer to end by itself, and a reason to live on.
    const { promise, resolve } = Promise.withResolvers();
    setTimeout(resolve, 120);
    await promise;
    hold();
    await waited();
    release();
  `));
    assertEquals([stdout, code], ["end\n", 0]);
  },
);

Deno.test(
  "onTick() calls back while the program is held, until it is undone",
  TIMEOUT,
  async () => {
    const { stdout } = await runProgram(program(`
    let ticks = 0;
    const undo = onTick(() => ticks++);
    hold();
    await waited();
    const heard = ticks;
    undo();
    await waited();
    release();
    console.log(heard, ticks - heard);
  `));
    const [heard, after] = stdout.split("\n")[0]!.split(" ").map(Number);
    assertGreater(heard, 0);
    assertEquals(after, 0);
  },
);

Deno.test(
  "Barrier.waitAsync() keeps the program alive, and not longer",
  TIMEOUT,
  async () => {
    const { stdout, milliseconds } = await runProgram(`
    import { Barrier } from "${BARRIER}";
    new Barrier(2).waitAsync({ timeout: 300 })
      .catch((error) => console.log(error.name));
  `);
    assertEquals(stdout, "TimeoutError\n");
    assert(milliseconds < 15_000);
  },
);
