import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { PlacedDesync, Reference } from "../../../desync/mod.ts";
import { SharedCounter } from "../../../sync/mod.ts";
import { testTwo } from "./two_workers.ts";

type Ref<T> = Reference<T>;

const get = <T>(ref: Ref<T>): T => ref.value;
/** A job that keeps its worker from everything else until it is let go: from 1 to 2. */
const loop = (_ref: unknown, gate: SharedCounter): void => {
  gate.add(1);
  while (gate.value < 2);
};

/** Opens a gate, at the end of a test at the latest. */
function opening(gate: SharedCounter): Disposable {
  return { [Symbol.dispose]: () => void gate.add(1) };
}

function assertTimesOut(run: () => unknown): void {
  const { name } = assertThrows(run, DOMException);
  assertStrictEquals(name, "TimeoutError");
}

testTwo(
  "RemoteDesync.sync() behind a job that does not end throws a TimeoutError, and its job does not run",
  async ({ runtime, on }) => {
    const gate = new SharedCounter();
    using letGo = opening(gate);
    const object = await on(0, 1, { timeout: 10 });
    object.desync(loop, gate);
    assertTimesOut(() => object.sync((ref) => ++ref.value));
    assertTimesOut(() => object.futureDesync(get).join());
    assertEquals(object.trySync(get), { state: "busy" });
    // The limit is that of the object, whoever blocks.
    const name = await runtime.on(1).spawn((object: PlacedDesync<number>) => {
      try {
        return String(object.sync((ref) => ++ref.value));
      } catch (error) {
        return (error as Error).name;
      }
    }, object);
    assertStrictEquals(name, "TimeoutError");
    letGo[Symbol.dispose]();
    assertStrictEquals(await object.futureSync(get), 1);
  },
);

testTwo(
  "DesyncFuture.join() blocks as long as it says itself, whatever the object says",
  async ({ on }) => {
    const gate = new SharedCounter();
    using letGo = opening(gate);
    const [patient, hasty] = [await on(0, 1), await on(0, 2, { timeout: 0 })];
    patient.desync(loop, gate);
    // Objects have no order between them.
    while (gate.value < 1) await new Promise((next) => setTimeout(next));
    const [first, second] = [patient, hasty].map((o) => o.futureDesync(get));

    assertTimesOut(() => first!.join({ timeout: 10 }));
    assertTimesOut(() => second!.join());
    letGo[Symbol.dispose]();
    assertStrictEquals(second!.join({ timeout: Infinity }), 2);
    assertStrictEquals(first!.join(), 1);
  },
);
