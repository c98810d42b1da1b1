import { assert, assertEquals, assertFalse } from "@std/assert";
import { Duties, type Duty } from "../../../workers/local/duties.ts";

/** A duty that ends when it is told to, and how often it was asked to. */
function dutyUntil(ended: Promise<void>): Duty & { asked: number } {
  return {
    name: "duty",
    asked: 0,
    end() {
      this.asked++;
      return ended;
    },
  };
}

Deno.test("Duties.end() ends each duty once, and waits for it", async () => {
  const duties = new Duties(() => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  const duty = dutyUntil(promise);
  duties.takeOn(duty);
  let isEnded = false;
  const ends = [duties.end(), duties.end()].map(async (end) => {
    await end;
    isEnded = true;
  });
  await Promise.resolve();
  assertFalse(isEnded || duties.isEmpty);
  resolve();
  await Promise.all(ends);
  assert(duties.isEmpty);
  assertEquals(duty.asked, 1);
});

Deno.test("Duties.end() ends what is taken on meanwhile and later", async () => {
  const duties = new Duties(() => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  duties.takeOn(dutyUntil(promise));
  const ended = duties.end();
  const second = dutyUntil(Promise.resolve());
  duties.takeOn(second);
  resolve();
  await ended;
  const third = dutyUntil(Promise.resolve());
  duties.takeOn(third);
  await duties.end();
  assertEquals([second.asked, third.asked], [1, 1]);
});

Deno.test("Duties.end() tells what duties threw, and goes on", async () => {
  const told: [string, unknown][] = [];
  const duties = new Duties((name, error) => told.push([name, error]));
  const error = new Error("no end");
  duties.takeOn({
    name: "broken",
    end() {
      throw error;
    },
  });
  const whole = dutyUntil(Promise.resolve());
  duties.takeOn(whole);
  await duties.end();
  assertEquals(told, [["broken", error]]);
  assertEquals(whole.asked, 1);
});

Deno.test("Duties.letGo() forgets what has ended by itself", async () => {
  const duties = new Duties(() => {});
  const duty = dutyUntil(Promise.resolve());
  duties.takeOn(duty);
  duties.letGo(duty);
  await duties.end();
  assertEquals(duty.asked, 0);
});

Deno.test("Duties.begun() waits for those that begin, also if they fail", async () => {
  const duties = new Duties(() => {});
  let begun = 0;
  const begins = (how: Promise<unknown>): Duty => ({
    name: "duty",
    begun: () => how.finally(() => begun++),
    end: () => Promise.resolve(),
  });
  duties.takeOn(begins(Promise.resolve()));
  duties.takeOn(begins(Promise.reject(new Error("not today"))));
  duties.takeOn(dutyUntil(Promise.resolve()));
  await duties.begun();
  assertEquals(begun, 2);
});
