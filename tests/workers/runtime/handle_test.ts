import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LocalFamily, Runtime } from "../../../mod.ts";
import { tally } from "../fixtures/tally.ts";

const timeout = 60_000;

Deno.test(
  "Family.handle links instances on a thread that is none of the runtime",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(tally.family());
    await family.on(0).add(1);
    const worker = new Worker(
      new URL("../fixtures/own_worker.ts", import.meta.url),
      { type: "module" },
    );
    try {
      const answer = new Promise((resolve) =>
        worker.onmessage = ({ data }) => resolve(data)
      );
      worker.postMessage(family.handle);
      assertEquals(await answer, [7, 5, 0]);
      assertEquals(family.here.add(1), 8);
      assertEquals(await family.on(0).local(), 1);
    } finally {
      worker.terminate();
    }
  },
);

Deno.test("LocalFamily.from() refuses a handle of a definition that is not there", async () => {
  const handle = {
    url: tally.url,
    name: "nothing",
    id: "nothing",
    isStatic: false,
    shared: new Uint8Array(4),
    buffers: [],
    counters: [],
  };
  const from = LocalFamily.from as (handle: unknown) => Promise<unknown>;
  const error = await assertRejects(() => from(handle), TypeError);
  assertStringIncludes(error.message, "nothing");
});
