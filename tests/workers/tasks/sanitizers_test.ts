import { assertEquals, assertRejects } from "@std/assert";
import { Mutex, Runtime, topology } from "../../../mod.ts";

// Native libraries are opened once, and stay open: before the first test.
topology();

const sanitized: Partial<Deno.TestDefinition> = {
  sanitizeOps: true,
  sanitizeResources: true,
  timeout: 60_000,
};

// Each of them twice: what one test leaves behind is found in the next one.
for (const time of ["first", "second"]) {
  Deno.test({
    ...sanitized,
    name: `Runtime.close() leaves no timer and nothing open (${time} time)`,
    fn: async () => {
      const runtime = await Runtime.start({ workers: 1 });
      assertEquals(await runtime.spawn(() => 1), 1);
      // Longer than a tick, and with somebody who waits.
      const slow = runtime.spawn(() =>
        new Promise((end) => setTimeout(end, 120))
      );
      await slow;
      await runtime.close();
    },
  });

  Deno.test({
    ...sanitized,
    name: `Runtime.terminate() leaves no timer and nothing open (${time} time)`,
    fn: async () => {
      const runtime = await Runtime.start({ workers: 1 });
      const endless = runtime.spawn(() => new Promise(() => {}));
      const rejected = assertRejects(() => endless.then());
      await runtime.terminate();
      await rejected;
    },
  });
}

let shared: Runtime;
Deno.test.beforeAll(async () => {
  shared = await Runtime.start({ workers: 1 });
});
Deno.test.afterAll(() => shared.close());

for (const time of ["first", "second"]) {
  Deno.test({
    ...sanitized,
    name:
      `a runtime that several tests use leaves no timer in any (${time} time)`,
    fn: async () => {
      assertEquals(await shared.spawn(() => 1), 1);
      await shared.spawn(() => new Promise((end) => setTimeout(end, 120)));
    },
  });

  Deno.test({
    ...sanitized,
    name: `a wait for a lock leaves no timer (${time} time)`,
    fn: async () => {
      const mutex = new Mutex();
      const guard = mutex.lock();
      const waiting = mutex.lockAsync();
      guard[Symbol.dispose]();
      (await waiting)[Symbol.dispose]();
    },
  });
}
