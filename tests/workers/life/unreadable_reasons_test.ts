import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { aware } from "../../../aware/mod.ts";
import { NotHereError } from "../../../codec/mod.ts";
import { currentTask, Runtime, SharedCounter } from "../../../mod.ts";
import { readFault, WITHOUT_A_WORD } from "../../../workers/life/fault.ts";
import { frameOf, SAMPLES, written } from "../../codec/kinds/samples.ts";
import { KIND } from "../../../codec/portable_kind.ts";
import { until } from "../../linked/until.ts";
import { forgetFamilies } from "../../../linked/known_families.ts";

const timeout = 60_000;

/** Cannot arrive on any other thread, and says so. */
export class Homebody {
  declare readonly "~sendable": true;
  relocated(): never {
    throw new RangeError("not here");
  }
  static {
    aware(import.meta.url, Homebody);
  }
}

Deno.test("readFault() gives what has kept last words from arriving", () => {
  const reason = "it exited";
  const [family] = SAMPLES.get(KIND.FAMILY)!;
  const frames = [
    written({ reason, error: new Homebody() }),
    written({ reason, error: family }),
  ].map(frameOf);
  forgetFamilies("samples");
  const [one, other] = frames.map(readFault);
  assertEquals([one!.reason, other!.reason], [WITHOUT_A_WORD, WITHOUT_A_WORD]);
  assertInstanceOf(one!.error, RangeError);
  assertInstanceOf(other!.error, NotHereError);
});

Deno.test(
  "a task is given up also for a reason that cannot arrive, and its worker goes on",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    // So that the worker knows the class.
    await runtime.on(0).spawn(
      async (url: string) => void await import(url),
      import.meta.url,
    );
    const abort = new AbortController();
    const [started, told] = [new SharedCounter(), new SharedCounter()];
    const task = runtime.with({ worker: 0, signal: abort.signal }).spawn(
      async (started: SharedCounter, told: SharedCounter) => {
        const { signal } = currentTask()!;
        started.add(1);
        await new Promise((next) => signal.addEventListener("abort", next));
        told.add(signal.reason instanceof RangeError ? 1 : 100);
      },
      started,
      told,
    );
    await until(() => started.value === 1);
    abort.abort(new Homebody());
    await assertRejects(() => task.then());
    assertEquals(await runtime.on(0).spawn(() => 1), 1);
    await until(() => told.value > 0);
    assertEquals(told.value, 1);
  },
);
