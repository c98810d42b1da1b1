import { assert, assertEquals, assertRejects } from "@std/assert";
import { Inflow, WINDOW } from "../../../workers/streams/inflow.ts";

/** An inflow, what it asked for, and whether somebody waits. */
function inflow(): {
  flow: Inflow;
  arrive: (value: unknown) => void;
  pulled: number[];
  awaited: boolean[];
} {
  const pulled: number[] = [];
  const awaited: boolean[] = [];
  const flow = new Inflow({
    awaited: (isAwaited) => void awaited.push(isAwaited),
    broken: (error) => flow.fail(error),
  });
  const source = { pull: (credit: number) => void pulled.push(credit) };
  return { flow, arrive: (value) => flow.item(value, source), pulled, awaited };
}

const ended = { value: undefined, done: true };

Deno.test("Inflow gives items in order, to those who wait as well", async () => {
  const { flow, arrive, awaited } = inflow();
  arrive(1);
  const all = [flow.next(), flow.next(), flow.next(), flow.next()];
  arrive(2);
  arrive(3);
  flow.end("value");
  assertEquals(await Promise.all(all), [
    { value: 1, done: false },
    { value: 2, done: false },
    { value: 3, done: false },
    { value: "value", done: true },
  ]);
  assertEquals(await flow.next(), ended);
  assertEquals(awaited, [true, false]);
});

Deno.test("Inflow asks for what was taken, half a window at a time", async () => {
  const { flow, arrive, pulled } = inflow();
  for (let k = 0; k < WINDOW; k++) arrive(k);
  for (let k = 1; k <= WINDOW; k++) {
    await flow.next();
    assertEquals(pulled.length, Math.floor(k / (WINDOW / 2)));
  }
  assertEquals(pulled, [WINDOW / 2, WINDOW / 2]);
  const waiting = flow.next();
  arrive("direct");
  assertEquals(await waiting, { value: "direct", done: false });
});

Deno.test("Inflow fails once, after what had arrived, and takes nothing more", async () => {
  const { flow, arrive } = inflow();
  arrive(1);
  flow.fail(new RangeError("no"));
  flow.end("too late");
  arrive("too late");
  assertEquals(await flow.next(), { value: 1, done: false });
  await assertRejects(() => flow.next(), RangeError, "no");
  arrive("too late");
  assertEquals([await flow.next(), await flow.next()], [ended, ended]);
});

Deno.test("Inflow.stop() drops what is left; who waits learns of the end", async () => {
  const { flow, arrive } = inflow();
  const waiting = [flow.next(), flow.next()];
  flow.stop();
  arrive("dropped");
  flow.fail(new RangeError("of the end"));
  assertEquals(await Promise.all(waiting), [ended, ended]);
  assertEquals(await flow.next(), ended);
});

Deno.test("Inflow asks for what was taken by its own window, however small", async () => {
  for (const window of [1, 2, 3, 7]) {
    const pulled: number[] = [];
    const flow = new Inflow({ window, awaited: () => {}, broken: () => {} });
    const source = { pull: (credit: number) => void pulled.push(credit) };
    let credit = window;
    for (let n = 0; n < 50; n++) {
      assert(credit > 0, `no credit left of ${window} after ${n}`);
      credit--;
      flow.item(n, source);
      assertEquals(await flow.next(), { value: n, done: false });
      credit += pulled.splice(0).reduce((sum, more) => sum + more, 0);
    }
  }
});
