import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  ChannelClosedError,
  selectAsync,
  struct,
  textCodec,
  Watch,
  WatchReceiver,
  WatchSender,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { NUMBERS } from "../fixtures/channel_codec.ts";
import type {
  Level,
  WatchOutcome,
  WatchTask,
} from "../fixtures/watch_worker.ts";
import { claimOther, runAs } from "../other_thread.ts";
import {
  assertRefusesHandles,
  assertRefusesMessages,
  assertRefusesSources,
} from "./refusals.ts";
import { MortalCrew, runSending } from "./sending_crew.ts";
import { assertTimes, type Async, startAbortable } from "./waits.ts";

const TIMEOUT = { timeout: 120_000 };
const SOON = 10_000;
const LevelType = struct({ count: "u32", check: "f64" });

function make(initial = 0): [Watch, WatchSender, WatchReceiver] {
  const watch = new Watch("i32", initial);
  return [watch, watch.sender(), watch.receiver()];
}

Deno.test("WatchReceiver.borrow() is the last value, seen or not (U18)", () => {
  const [_, tx, rx] = make(7);
  assertEquals([rx.borrow(), rx.hasChanged], [7, false]);
  tx.send(8);
  tx.send(9);
  assertEquals([rx.borrow(), rx.hasChanged], [9, true]);
  assertEquals([rx.borrowAndUpdate(), rx.hasChanged], [9, false]);
  assertEquals(tx.borrow(), 9);
});

Deno.test(
  "WatchReceiver.changed() waits for a value that was not seen (U18)",
  TIMEOUT,
  async () => {
    const [_, tx, rx] = make();
    const waiting = rx.changedAsync({ timeout: SOON });
    tx.send(1);
    await waiting;
    assertFalse(rx.hasChanged);
    assertThrows(() => rx.changed({ timeout: 0 }), DOMException);
    tx.send(2);
    tx.send(3);
    rx.changed();
    assertEquals(rx.borrow(), 3);
    assertFalse(rx.hasChanged);
  },
);

Deno.test(
  "WatchReceiver.waitFor() waits for a value that a function says yes to (U18)",
  TIMEOUT,
  async () => {
    const [_, tx, rx] = make(5);
    tx.send(6);
    assertEquals(rx.waitFor((value) => value === 6), 6);
    assertFalse(rx.hasChanged);
    const asked: number[] = [];
    const waiting = rx.waitForAsync((value) => {
      asked.push(value);
      return value > 7;
    }, { timeout: SOON });
    tx.send(7);
    tx.send(8);
    assertEquals(await waiting, 8);
    assertEquals(asked.at(-1), 8);
    const error = new Error("enough");
    assertThrows(
      () => {
        rx.waitFor(() => {
          throw error;
        });
      },
      Error,
      error.message,
    );
    assertThrows(() => rx.waitFor(() => false, { timeout: 2 }), DOMException);
  },
);

Deno.test("WatchSender.send() throws with the value if there is no receiver (U18)", () => {
  const watch = new Watch("i32", 1);
  const tx = watch.sender();
  const error = assertThrows(() => tx.send(2), ChannelClosedError);
  assertEquals([error.value, tx.borrow()], [2, 1]);
  const rx = tx.subscribe();
  tx.send(3);
  rx.close();
  assertThrows(() => tx.send(4), ChannelClosedError);
  assertEquals(tx.borrow(), 3);
});

Deno.test("WatchSender.sendModify(), sendReplace(), sendIfModified() (U18)", () => {
  const watch = new Watch("i32", 1);
  const tx = watch.sender();
  // They need no receiver.
  tx.sendModify((value) => value + 1);
  assertEquals(tx.sendReplace(10), 2);
  const rx = tx.subscribe();
  assertFalse(tx.sendIfModified(() => undefined));
  assertFalse(rx.hasChanged);
  assert(tx.sendIfModified((value) => value / 2));
  assert(rx.hasChanged);
  assertEquals(rx.borrowAndUpdate(), 5);
  const error = new Error("no");
  assertThrows(
    () => {
      tx.sendModify(() => {
        throw error;
      });
    },
    Error,
    "no",
  );
  assertThrows(() => tx.sendModify(() => undefined as never), TypeError);
  assertThrows(() => tx.sendReplace(0.5), RangeError);
  assertEquals([rx.borrow(), rx.hasChanged], [5, false]);
});

Deno.test("WatchSender.sendModify() is called again if another one was quicker", () => {
  const [watch, tx] = make(1);
  const other = watch.sender();
  let calls = 0;
  tx.sendModify((value) => {
    if (calls++ === 0) other.send(10);
    return value + 1;
  });
  assertEquals([calls, tx.borrow()], [2, 11]);
});

Deno.test(
  "Watch: when all senders are closed the last value stays (U18)",
  TIMEOUT,
  async () => {
    const [watch, tx, rx] = make();
    const late = watch.receiver();
    const waiting = rx.changedAsync({ timeout: SOON });
    const second = watch.sender();
    tx.close();
    assertFalse(watch.isClosed);
    second.close();
    await assertRejects(() => waiting, ChannelClosedError);
    assert(watch.isClosed && rx.isClosed);
    assertThrows(() => watch.sender(), ChannelClosedError);
    assertThrows(() => late.changed(), ChannelClosedError);
    assertThrows(
      () => late.waitFor((value) => value === 1),
      ChannelClosedError,
    );
    assertEquals(late.waitFor((value) => value === 0), 0);
    assertEquals(late.borrow(), 0);
    const [other, sender, receiver] = make();
    sender.send(1);
    sender.close();
    // The last value is seen first.
    receiver.changed();
    assertThrows(() => receiver.changed(), ChannelClosedError);
    assertEquals(other.receiver().borrow(), 1);
  },
);

Deno.test("Watch.close() gives senders their values back", async () => {
  const [watch, tx, rx] = make();
  const waiting = tx.closedAsync({ timeout: SOON });
  watch.close();
  assertFalse(await waiting);
  assertEquals(assertThrows(() => tx.send(2), ChannelClosedError).value, 2);
  for (
    const send of [
      () => tx.sendModify(() => 2),
      () => tx.sendReplace(2),
      () => tx.sendIfModified(() => 2),
    ]
  ) assertEquals(assertThrows(send, ChannelClosedError).value, 2);
  assertFalse(tx.sendIfModified(() => undefined));
  assertEquals(rx.borrow(), 0);
});

Deno.test(
  "WatchReceiver iterates over the value and those that follow",
  TIMEOUT,
  async () => {
    const [watch, tx, rx] = make(7);
    const seen: number[] = [];
    for await (const value of rx) {
      seen.push(value);
      if (value < 9) queueMicrotask(() => tx.send(value + 1));
      else setTimeout(() => tx.close(), 0);
    }
    assertEquals(seen, [7, 8, 9]);
    assertEquals([...watch.receiver()], [9]);
  },
);

Deno.test("WatchReceiver handles know what was seen", () => {
  const [watch, tx, rx] = make();
  tx.send(1);
  const behind = WatchReceiver.from(rx.handle);
  rx.borrowAndUpdate();
  const same = WatchReceiver.from(rx.handle);
  assertEquals([behind.hasChanged, same.hasChanged], [true, false]);
  assertFalse(watch.receiver().hasChanged);
  WatchSender.from(tx.handle).send(2);
  assertEquals([rx.borrow(), watch.receiverCount], [2, 4]);
});

Deno.test(
  "WatchSender.closed() waits until all receivers are gone (U18)",
  TIMEOUT,
  async () => {
    const [watch, tx, rx] = make();
    const other = watch.receiver();
    const waiting = tx.closedAsync({ timeout: SOON });
    rx.close();
    assertThrows(() => tx.closed({ timeout: 1 }), DOMException);
    other.close();
    assert(await waiting && tx.closed());
  },
);

Deno.test("WatchReceiver refuses what a struct cannot be put into before the value counts as seen", () => {
  const levels = new Watch<Level>(LevelType, { count: 1, check: 0.5 });
  const rx = levels.receiver();
  const level = { count: 2, check: 1.5 };
  levels.sender().send(level);
  for (const bad of [5, "x", null, true, Symbol.iterator]) {
    const into = bad as never;
    assertThrows(() => rx.tryRecv(into), TypeError);
    assertThrows(() => rx.borrowAndUpdate(into), TypeError);
    assertThrows(() => rx.borrow(into), TypeError);
    assert(rx.hasChanged);
  }
  assertEquals(rx.tryRecv(), level);
  assertFalse(rx.hasChanged);
  // Also if there is nothing to take.
  assertThrows(() => rx.tryRecv(5 as never), TypeError);
  // What is no struct is put nowhere.
  assertEquals(make(7)[2].borrowAndUpdate(5), 7);
});

Deno.test("Watch carries structs, and what a codec makes", () => {
  const level = { count: 1, check: 0.5 };
  const levels = new Watch<Level>(LevelType, level);
  const into = { count: 0, check: 0 };
  const rx = Watch.from<Level>(levels.handle).receiver();
  assert(rx.borrow(into) === into);
  assertEquals(into, level);
  const text = new Watch(textCodec, "hello", { maxBytes: 5 });
  const [tx, same] = [
    text.sender(),
    Watch.from<string>(text.handle).receiver(),
  ];
  assertEquals(same.borrow(), "hello");
  for (const value of ["", "a", "ab", "abc", "abcd", "abcde"]) {
    tx.send(value);
    assertEquals(same.tryRecv(), value);
  }
  assertEquals(same.tryRecv(), undefined);
  assertThrows(() => tx.send("abcdef"), RangeError);
  assertEquals(same.borrow(), "abcde");
  const number = new Watch(NUMBERS, 0.5, { maxBytes: 30 });
  assertEquals(Watch.from(number.handle, NUMBERS).receiver().borrow(), 0.5);
});

Deno.test("Watch: a closed end is of no use, to itself only", async () => {
  const [watch, tx, rx] = make();
  const waiting = rx.changedAsync({ timeout: SOON });
  rx.close();
  rx.close();
  await assertRejects(() => waiting, TypeError);
  assertThrows(() => rx.borrow(), TypeError);
  assertThrows(() => rx.borrowAndUpdate(), TypeError);
  assertThrows(() => rx.changed(), TypeError);
  assertThrows(() => rx.tryRecv(), TypeError);
  assertThrows(() => rx.waitFor(() => true), TypeError);
  using other = watch.receiver();
  using second = watch.sender();
  tx.close();
  assertThrows(() => tx.send(1), TypeError);
  assertThrows(() => tx.sendModify(() => 1), TypeError);
  second.send(2);
  assertEquals(other.borrow(), 2);
});

Deno.test("Watch: waits give up in time and change nothing", async () => {
  const [watch, tx, rx] = make();
  const waiting: Async = [
    (options) => rx.changedAsync(options),
    (options) => rx.waitForAsync(() => false, options),
    (options) => tx.closedAsync(options),
  ];
  await assertTimes([
    (options) => rx.changed(options),
    (options) => rx.waitFor(() => false, options),
    (options) => tx.closed(options),
  ], waiting);
  const giveUp = startAbortable(waiting);
  const other = watch.receiver();
  const stays = other.changedAsync({ timeout: SOON });
  await giveUp();
  tx.send(7);
  await stays;
  assert(rx.hasChanged);
});

Deno.test(
  "Watch: ends whose threads are lost count as closed (U18)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    using one = claimOther();
    using two = claimOther();
    const watch = new Watch("i32", 0);
    const rx = watch.receiver();
    const tx = runAs(one.id, () => Watch.from(watch.handle).sender());
    tx.send(1);
    rx.changed();
    const waiting = rx.changedAsync({ timeout: SOON });
    threads.markLost(one.id);
    await assertRejects(() => waiting, ChannelClosedError);
    const other = new Watch("i32", 0);
    runAs(two.id, () => Watch.from(other.handle).receiver());
    const sender = other.sender();
    sender.send(1);
    const closed = sender.closedAsync({ timeout: SOON });
    threads.markLost(two.id);
    assert(await closed);
    assertThrows(() => sender.send(2), ChannelClosedError);
    assertEquals(sender.receiverCount, 0);
  },
);

Deno.test("Watch: a writer that is lost holds up nobody", TIMEOUT, () => {
  const [watch, tx, rx] = make();
  using lost = claimOther();
  const words = new Int32Array(watch.handle.buffer, watch.handle.byteOffset);
  words[64] = lost.id;
  currentThread().threads.markLost(lost.id);
  tx.send(1);
  assertEquals(rx.borrowAndUpdate(), 1);
  assertEquals(words[64], 0);
});

Deno.test("Watch refuses values, sizes and handles that do not fit", () => {
  assertRefusesSources((source) => new Watch(source, 0 as never));
  assertThrows(() => new Watch("i32", 0.5), RangeError);
  assertThrows(() => new Watch("i32", undefined as never), TypeError);
  assertThrows(() => new Watch(textCodec, "a"), RangeError);
  assertThrows(() => new Watch(textCodec, "ab", { maxBytes: 1 }), RangeError);
  const [watch, tx, rx] = make();
  assertRefusesMessages((value) => tx.send(value));
  assertFalse(rx.hasChanged);
  const { handle } = watch;
  assertRefusesHandles(handle, (other) => Watch.from(other), {
    record: "f64",
    sizes: [1024, 8192],
  });
  assertThrows(() => WatchSender.from(handle as never), TypeError);
  assertThrows(() => WatchReceiver.from(handle as never), TypeError);
  const { version: _, ...without } = rx.handle;
  assertThrows(() => WatchReceiver.from(without as never), RangeError);
});

Deno.test("WatchReceiver is an arm of select", TIMEOUT, async () => {
  const [_, tx, rx] = make();
  const choice = selectAsync({ level: rx }, { timeout: SOON });
  tx.send(7);
  assertEquals(await choice, { key: "level", closed: false, value: 7 });
  tx.close();
  const { closed } = await selectAsync({ level: rx });
  assert(closed);
});

type Step =
  | readonly ["send" | "sendReplace" | "sendModify" | "sendIfModified", number]
  | readonly ["borrow" | "borrowAndUpdate" | "tryRecv", number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom<Step[0]>(
    "send",
    "sendReplace",
    "sendModify",
    "sendIfModified",
    "borrow",
    "borrowAndUpdate",
    "tryRecv",
  ),
  fc.nat(5),
) as fc.Arbitrary<Step>;

Deno.test("Watch does what a variable does, wherever its versions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(8),
      fc.array(step, { maxLength: 60 }),
      (wrap, before, steps) => {
        const watch = new Watch("i32", 0);
        const words = new Int32Array(
          watch.handle.buffer,
          watch.handle.byteOffset,
        );
        // All places of values hold the initial one: 0.
        if (wrap > 0) words[32] = wrap - before;
        const tx = watch.sender();
        const receivers = [watch.receiver(), watch.receiver()];
        const seen = [true, true];
        let value = 0;
        for (const [name, argument] of steps) {
          const k = argument % 2;
          const rx = receivers[k]!;
          const former = value;
          if (name === "send") tx.send(value = argument);
          else if (name === "sendReplace") {
            assertEquals(tx.sendReplace(value = argument), former);
          } else if (name === "sendModify") {
            tx.sendModify((last) => last + argument);
            value += argument;
          } else if (name === "sendIfModified") {
            const goes = argument > 2;
            const done = tx.sendIfModified(() => goes ? argument : undefined);
            assertEquals(done, goes);
            if (!goes) continue;
            value = argument;
          } else {
            assertEquals(rx.hasChanged, !seen[k]);
            const now = name === "tryRecv" && seen[k] ? undefined : value;
            assertEquals(rx[name](), now);
            if (name !== "borrow") seen[k] = true;
            continue;
          }
          seen.fill(false);
        }
      },
    ),
    { numRuns: 200 },
  );
});

const STEPS = 10_000;

Deno.test(
  "Watch: two workers change it, two see it go up and never back (U18)",
  TIMEOUT,
  async () => {
    const watch = new Watch<Level>(LevelType, { count: 0, check: 0 });
    const keep = watch.sender();
    const outcomes = await runSending<WatchTask, WatchOutcome>(
      "watch_worker.ts",
      {
        watch: watch.handle,
        steps: STEPS,
        done: new SharedArrayBuffer(8),
      },
      { senders: 2, receivers: 2, onStart: () => keep.close() },
    );
    assertEquals(outcomes.length, 2);
    for (const { seen, last } of outcomes) {
      assertEquals(last, 2 * STEPS);
      assert(seen > 2);
    }
  },
);

Deno.test(
  "Watch: workers that are terminated hold up nobody (U18)",
  TIMEOUT,
  async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const watch = new Watch<Level>(LevelType, { count: 0, check: 0 });
      const keep = watch.sender();
      const rx = watch.receiver();
      const done = new SharedArrayBuffer(8);
      using crew = await MortalCrew.start<WatchTask>(
        "watch_worker.ts",
        { watch: watch.handle, steps: 2 ** 30, done },
        seed,
      );
      keep.close();
      await crew.lose();
      let last = -1;
      for await (const { count, check } of rx) {
        assert(check === count / 3 && count > last);
        last = count;
      }
      const told = new Int32Array(done).reduce((sum, each) => sum + each);
      // Each of the lost senders may have counted once more.
      assert(last >= told && last <= told + 2, `${last} of ${told}`);
    }
  },
);
