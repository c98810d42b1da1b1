import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { Doorbell, DOORBELL_SIZE } from "../../../sync/mail/doorbell.ts";
import { Injection } from "../../../workers/injection/injection.ts";
import type { InjectionHandle } from "../../../workers/injection/injection_memory.ts";
import { NORMAL, URGENT } from "../../../sync/mail/injector.ts";

function handleOf(reserve: number): InjectionHandle {
  const handle = Injection.allocate(3, {
    places: 64,
    reserve: [reserve, reserve],
  });
  for (let slot = 0; slot < 3; slot++) {
    assert(memberOf(handle, slot).letTo(slot, 1));
  }
  return handle;
}

function memberOf(
  handle: InjectionHandle,
  slot: number,
  wake: (slot: number) => boolean = () => true,
): Injection {
  return new Injection(handle, { slot, wake, parallelism: 2 });
}

function frameOf(slot: number, number: number) {
  const words = Int32Array.of(slot, 1, number, 0);
  return { words, bytes: new Uint8Array(words.buffer) };
}

function taken(injection: Injection): number[] {
  const numbers: number[] = [];
  while (injection.taker.next()) {
    numbers.push(injection.taker.words[(injection.taker.start >> 2) + 2]!);
  }
  return numbers;
}

Deno.test("Injection.publish() hands over what was staged, urgent frames before others", () => {
  const handle = handleOf(2 ** 16);
  const owner = memberOf(handle, 0);
  const worker = memberOf(handle, 1);
  owner.stage(NORMAL, frameOf(0, 1), 12);
  owner.stage(URGENT, frameOf(0, 2), 16);
  owner.stage(NORMAL, frameOf(0, 3), 16);
  assertEquals(owner.staged, 3);
  assertFalse(worker.taker.hasFrames);
  assert(owner.publish());
  assertEquals([owner.staged, worker.size], [0, 3]);
  assertEquals(taken(worker), [2, 1, 3]);
  assertFalse(owner.takerOf(1) === 0);
});

Deno.test("Injection.publish() keeps what finds no room, in order, and unstage() takes it back", () => {
  const handle = handleOf(1024);
  const owner = memberOf(handle, 0);
  const worker = memberOf(handle, 1);
  const numbers = Array.from({ length: 63 }, (_, k) => k + 1);
  for (const number of numbers) owner.stage(NORMAL, frameOf(0, number), 16);
  assertFalse(owner.publish());
  assert(owner.isFull);
  const { staged } = owner;
  assert(staged > 0 && staged < 63);
  const first = taken(worker);
  assertFalse(owner.publish() && staged > 40);
  const then = taken(worker);
  const rest: number[] = [];
  owner.unstage((number) => rest.push(number));
  assertEquals([...first, ...then, ...rest], numbers);
  assertEquals(owner.staged, 0);
});

Deno.test("Injection.arm() lets a thread sleep until somebody publishes, who wakes it", () => {
  const handle = handleOf(2 ** 16);
  const bells = new SharedArrayBuffer(3 * DOORBELL_SIZE);
  const bell = new Doorbell({ buffer: bells, byteOffset: 0 }, 3);
  const woken: number[] = [];
  const wake = (slot: number) => {
    woken.push(slot);
    return slot !== 1;
  };
  const owner = memberOf(handle, 0, wake);
  const workers = [1, 2].map((slot) => memberOf(handle, slot));
  for (const worker of workers) assert(worker.taker.arm(bell, "blocked"));
  owner.stage(NORMAL, frameOf(0, 1), 12);
  owner.publish();
  // The first one says that it is lost, so the other one is woken.
  assertEquals(woken, [1, 2]);
  workers[1]!.taker.awake();
  assertFalse(workers[1]!.taker.arm(bell, "blocked"));
  assertEquals(taken(workers[1]!), [1]);
  owner.stage(NORMAL, frameOf(0, 2), 12);
  owner.publish();
  assertEquals(woken, [1, 2]);
});

Deno.test("Injection.stage() throws a RangeError for frames of no possible length", () => {
  const owner = memberOf(handleOf(1024), 0);
  for (const length of [0, 11, NaN, -4, 4096]) {
    assertThrows(
      () => owner.stage(NORMAL, frameOf(0, 1), length),
      RangeError,
      "length",
    );
  }
  assertEquals(owner.staged, 0);
});
