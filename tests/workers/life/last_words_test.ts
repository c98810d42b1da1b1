import { assertInstanceOf, assertThrows } from "@std/assert";
import { Runtime, WorkerLostError } from "../../../mod.ts";
import { endSlowly } from "../fixtures/slow_to_end.ts";

Deno.test(
  "LastWords are there before the record of their thread says that it is lost",
  {
    timeout: 60_000,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const task = runtime.on(0).spawn(endSlowly, 400);
    // Looks at the record while the worker stalls, several times.
    const error = assertThrows(() => task.join(), WorkerLostError);
    assertInstanceOf(error.cause, RangeError);
  },
);
