import { assertEquals } from "@std/assert";
import { platform } from "../../../ffi/detect.ts";
import { spinLimit } from "../../../sync/thread/spin.ts";
import { ANYWHERE, currentThread } from "../../../sync/thread/thread.ts";
import { Expectations } from "../../../workers/mailbox/expectations.ts";

Deno.test(
  "Expectations.areNear tells the others where this thread runs, at every eighth look",
  {
    ignore: platform().currentProcessor() === undefined ||
      spinLimit.rounds === 0,
  },
  () => {
    const { threads, id } = currentThread();
    const before = threads.processorOf(id);
    try {
      const expectations = new Expectations([], { slot: 0, serves: true });
      const told = Array.from({ length: 17 }, () => {
        threads.setProcessor(id, ANYWHERE);
        assertEquals(expectations.areNear, false); // nobody is expected
        return threads.processorOf(id) !== ANYWHERE;
      });
      const when = told.flatMap((is, look) => is ? [look] : []);
      assertEquals(when, [0, 8, 16]);
    } finally {
      threads.setProcessor(id, before);
    }
  },
);
