import { assertEquals, assertGreater } from "@std/assert";
import { spinLimit } from "../../../sync/thread/spin.ts";
import { pinThread, topology } from "../../../topology/mod.ts";
import { Runtime } from "../../../workers/mod.ts";

const SPIN = import.meta.resolve("../../../sync/thread/spin.ts");
const { allowed } = topology();

Deno.test(
  "Runtime.start() lets its workers spin though the thread that starts it is pinned",
  {
    // They spin for nobody where there is one processor, or where it is not known.
    ignore: allowed.size < 2 || spinLimit.rounds === 0,
  },
  async () => {
    const [here, there] = allowed.ids;
    // What a thread starts begins with its mask, and so counts one processor.
    using _pin = pinThread([here!]);
    await using runtime = await Runtime.start({ processors: [there!] });
    const [processors, rounds] = await runtime.spawn(async (spin: string) => {
      const { spinLimit } = await import(spin);
      return [navigator.hardwareConcurrency, spinLimit.rounds as number];
    }, SPIN);
    assertEquals(processors, 1);
    assertGreater(rounds!, 0);
  },
);
