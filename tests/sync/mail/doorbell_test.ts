import {
  assert,
  assertEquals,
  assertFalse,
  assertGreaterOrEqual,
  assertLess,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Doorbell,
  DOORBELL_SIZE,
  MAX_RINGERS,
} from "../../../sync/mail/doorbell.ts";
import { hold, release } from "../../../sync/thread/keep_alive.ts";
import type { SharedSlice } from "../../../sync/mod.ts";
import { sliceOf } from "../memory.ts";

/** A doorbell as its owner and as the others see it. */
function bellOf(
  ringers = 64,
): { owner: Doorbell; others: Doorbell; calls: () => number } {
  const slice: SharedSlice = sliceOf(DOORBELL_SIZE);
  let calls = 0;
  return {
    owner: new Doorbell(slice, ringers),
    others: new Doorbell(slice, ringers, () => calls++),
    calls: () => calls,
  };
}

function visited(visit: (visitor: (ringer: number) => void) => boolean) {
  const ringers: number[] = [];
  assertEquals(visit((ringer) => ringers.push(ringer)), ringers.length > 0);
  return ringers;
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
    assertFalse(owner.arm("blocked"));
    assertFalse(owner.arm("away"));
    owner.visitMail(() => {});
    owner.visitRoom(() => {});
  }
  assert(owner.arm("blocked"));
  owner.disarm();
});

Deno.test(
  "Doorbell.sleep() ends when its time is up",
  { timeout: 10_000 },
  () => {
    const { owner } = bellOf();
    assert(owner.arm("blocked"));
    const start = performance.now();
    owner.sleep(30);
    assertGreaterOrEqual(performance.now() - start, 25);
  },
);

Deno.test("Doorbell.sleep() does not sleep when somebody rang after arm()", {
  timeout: 60_000,
}, () => {
  for (const ring of ["ringForMail", "ringForRoom"] as const) {
    const { owner, others } = bellOf();
    assert(owner.arm("blocked"));
    others[ring](5);
    const start = performance.now();
    owner.sleep(10_000);
    assertLess(performance.now() - start, 5000);
  }
});

Deno.test("Doorbell calls an owner that is away, once for all who ring", () => {
  for (const ring of ["ringForMail", "ringForRoom"] as const) {
    const { owner, others, calls } = bellOf();
    assert(owner.arm("away"));
    assertEquals(calls(), 0);
    others[ring](5);
    others[ring](6);
    others.ringForMail(7);
    assertEquals(calls(), 1);
    // And again when it has gone again.
    owner.visitMail(() => {});
    owner.visitRoom(() => {});
    assert(owner.arm("away"));
    others[ring](5);
    assertEquals(calls(), 2);
  }
});

Deno.test("Doorbell calls nobody who is awake or blocked", () => {
  const { owner, others, calls } = bellOf();
  others.ringForMail(1);
  owner.visitMail(() => {});
  assert(owner.arm("away"));
  owner.disarm();
  others.ringForMail(2);
  owner.visitMail(() => {});
  assert(owner.arm("blocked"));
  others.ringForMail(3);
  assertEquals(calls(), 0);
});

Deno.test("Doorbell remembers who rang when a visitor throws", () => {
  const { owner, others } = bellOf();
  for (const ringer of [1, 2, 40]) others.ringForMail(ringer);
  assertThrows(() =>
    owner.visitMail(() => {
      throw new RangeError("not now");
    }), RangeError);
  assertEquals(visited((v) => owner.visitMail(v)), [2, 40]);
});

Deno.test("Doorbell refuses a number of ringers that it has no bits for", () => {
  for (const ringers of [0, -1, 1.5, NaN, MAX_RINGERS + 1]) {
    assertThrows(
      () => new Doorbell(sliceOf(DOORBELL_SIZE), ringers),
      RangeError,
    );
  }
});

Deno.test("Doorbell.rouse() calls an owner whose ringer was lost before it could", async () => {
  const { owner, others, calls } = bellOf();
  let isCalled = false;
  const called = owner.called()!.then(() => isCalled = true);
  assert(owner.arm("away"));
  others.ringForMail(3); // it counts the call, and nobody hears of it
  others.ringForMail(4); // whoever rings later relies on it
  assertEquals(calls(), 1);
  await new Promise((resolve) => setTimeout(resolve));
  assertFalse(isCalled);
  others.rouse();
  hold();
  assert(await called);
  release();
  assertEquals(visited((v) => owner.visitMail(v)), [3, 4]);
});
