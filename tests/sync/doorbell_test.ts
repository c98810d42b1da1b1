import {
  assert,
  assertEquals,
  assertFalse,
  assertGreaterOrEqual,
  assertLess,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { Doorbell, DOORBELL_SIZE, MAX_RINGERS } from "../../sync/doorbell.ts";
import type { SharedSlice } from "../../sync/mod.ts";
import { sliceOf } from "./memory.ts";

/** A doorbell as its owner and as the others see it. */
function bellOf(ringers = 64): { owner: Doorbell; others: Doorbell } {
  const slice: SharedSlice = sliceOf(DOORBELL_SIZE);
  return {
    owner: new Doorbell(slice, ringers),
    others: new Doorbell(slice, ringers),
  };
}

function visited(visit: (visitor: (ringer: number) => void) => boolean) {
  const ringers: number[] = [];
  assertEquals(visit((ringer) => ringers.push(ringer)), ringers.length > 0);
  return ringers;
}

/** Resolves when the event loop has turned a few times. */
async function turns(): Promise<void> {
  for (let k = 0; k < 3; k++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("Doorbell visits each who rang once, mail apart from room", () => {
  const ringers = fc.uniqueArray(fc.nat(MAX_RINGERS - 1), { maxLength: 40 });
  fc.assert(
    fc.property(ringers, ringers, (mail, room) => {
      const { owner, others } = bellOf(MAX_RINGERS);
      assertFalse(owner.rung);
      for (const ringer of [...mail, ...mail]) others.ringForMail(ringer);
      for (const ringer of [...room, ...room]) others.ringForRoom(ringer);
      assertEquals(owner.rung, mail.length + room.length > 0);
      const sorted = (all: number[]) => all.toSorted((a, b) => a - b);
      assertEquals(visited((v) => owner.visitMail(v)), sorted(mail));
      assertEquals(owner.rung, room.length > 0);
      assertEquals(visited((v) => owner.visitRoom(v)), sorted(room));
      assertFalse(owner.rung);
      assertFalse(owner.visitMail(() => {}));
    }),
  );
});

Deno.test("Doorbell can be rung again as soon as it was visited", () => {
  const { owner, others } = bellOf();
  others.ringForMail(31);
  const rings: number[] = [];
  owner.visitMail((ringer) => {
    rings.push(ringer);
    if (rings.length === 1) others.ringForMail(31);
  });
  owner.visitMail((ringer) => rings.push(ringer));
  assertEquals(rings, [31, 31]);
});

Deno.test("Doorbell.arm() refuses to sleep when somebody rang", () => {
  const { owner, others } = bellOf();
  for (const ring of ["ringForMail", "ringForRoom"] as const) {
    others[ring](63);
    assertFalse(owner.arm());
    assert(owner.sleepAsync(() => {}) === false);
    owner.visitMail(() => {});
    owner.visitRoom(() => {});
  }
  assert(owner.arm());
  owner.disarm();
});

Deno.test(
  "Doorbell.sleep() ends when its time is up",
  { timeout: 10_000 },
  () => {
    const { owner } = bellOf();
    assert(owner.arm());
    const start = performance.now();
    owner.sleep(30);
    assertGreaterOrEqual(performance.now() - start, 25);
  },
);

Deno.test("Doorbell.sleep() does not sleep when somebody rang after arm()", {
  timeout: 60_000,
}, () => {
  for (const ring of ["ringForMail", "ringForRoom", "wake"] as const) {
    const { owner, others } = bellOf();
    assert(owner.arm());
    others[ring](5);
    const start = performance.now();
    owner.sleep(10_000);
    assertLess(performance.now() - start, 5000);
  }
});

Deno.test("Doorbell.sleepAsync() calls back after each way to ring", {
  timeout: 10_000,
}, async () => {
  for (const ring of ["ringForMail", "ringForRoom", "wake"] as const) {
    const { owner, others } = bellOf();
    assert(owner.arm());
    const rung = Promise.withResolvers<void>();
    assert(owner.sleepAsync(rung.resolve));
    others[ring](5);
    await holding(rung.promise);
  }
});

Deno.test("Doorbell.sleepAsync() does not sleep when somebody rang after arm()", () => {
  const { owner, others } = bellOf();
  assert(owner.arm());
  others.ringForMail(5);
  assertFalse(owner.sleepAsync(() => {}));
});

Deno.test(
  "Doorbell.sleepAsync() calls back once for several sleeps and rings",
  {
    timeout: 10_000,
  },
  async () => {
    const { owner, others } = bellOf();
    const calls: string[] = [];
    assert(owner.arm());
    assert(owner.sleepAsync(() => calls.push("first")));
    owner.disarm();
    assert(owner.arm());
    assert(owner.sleepAsync(() => calls.push("second")));
    others.ringForMail(1);
    others.ringForMail(2);
    others.ringForRoom(3);
    await turns();
    assertEquals(calls, ["first"]);
    // And it can sleep again afterwards.
    owner.visitMail(() => {});
    owner.visitRoom(() => {});
    assert(owner.arm());
    assert(owner.sleepAsync(() => calls.push("third")));
    others.ringForMail(1);
    await turns();
    assertEquals(calls, ["first", "third"]);
  },
);

Deno.test("Doorbell.sleepAsync() is not called back when nobody rang", {
  timeout: 10_000,
}, async () => {
  const { owner, others } = bellOf();
  let calls = 0;
  assert(owner.arm());
  assert(owner.sleepAsync(() => calls++));
  owner.disarm();
  // The owner is awake: the bit is enough.
  others.ringForMail(1);
  others.wake();
  await turns();
  assertEquals(calls, 0);
  assertEquals(visited((v) => owner.visitMail(v)), [1]);
  assert(owner.arm());
  others.wake();
  await turns();
  assertEquals(calls, 1);
});

Deno.test("Doorbell refuses a number of ringers that it has no bits for", () => {
  for (const ringers of [0, -1, 1.5, NaN, MAX_RINGERS + 1]) {
    assertThrows(
      () => new Doorbell(sliceOf(DOORBELL_SIZE), ringers),
      RangeError,
    );
  }
});

/** Awaits something while a timer keeps the event loop alive. */
async function holding(promise: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 1000);
  try {
    await promise;
  } finally {
    clearInterval(timer);
  }
}
