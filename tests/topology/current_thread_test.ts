import { assertEquals } from "@std/assert";
import {
  allowedProcessors,
  isPinned,
  pinThread,
  topology,
} from "../../topology/mod.ts";

const available = allowedProcessors() !== undefined;
const where = available ? "" : " (needs Linux and --allow-ffi)";

Deno.test({
  name: `isPinned() tells whether the thread stays on processors${where}`,
  ignore: !available,
  fn() {
    const { allowed, processors } = topology();
    const [first] = allowed;
    const last = [...allowed].at(-1)!;
    assertEquals(isPinned(), allowed.size === 1);
    assertEquals(isPinned(allowed), true);
    {
      using _pin = pinThread(first!);
      assertEquals(isPinned(), true);
      for (const target of [first!, first!.id, [first!, last], processors]) {
        assertEquals(isPinned(target), true);
      }
      assertEquals(isPinned(processors.except(first!)), false);
      assertEquals(isPinned([]), false);
      assertEquals(isPinned(100_000), false);
    }
    assertEquals(isPinned(first!), allowed.size === 1);
  },
});
