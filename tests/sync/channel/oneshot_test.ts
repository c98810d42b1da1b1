import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Barrier,
  bytesCodec,
  ChannelClosedError,
  MessageDecodeError,
  Oneshot,
  OneshotReceiver,
  OneshotSender,
  selectAsync,
  struct,
  textCodec,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import { JSON_VALUES, NUMBERS } from "../fixtures/channel_codec.ts";
import type {
  OneshotOutcome,
  OneshotTask,
} from "../fixtures/oneshot_worker.ts";
import { Mortal } from "../mortal.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { assertRefusesHandles, assertRefusesSources } from "./refusals.ts";
import { assertTimes, type Async, startAbortable } from "./waits.ts";

const TIMEOUT = { timeout: 120_000 };
const SOON = 10_000;
const Point = struct({ x: "f64", id: "u32" });

Deno.test("Oneshot.send() gives one message to the receiver, once (U18)", async () => {
  const oneshot = new Oneshot("f64");
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  assertEquals(rx.tryRecv(), undefined);
  assertFalse(tx.isClosed);
  assertFalse(rx.isClosed);
  tx.send(0.5);
  assert(tx.isClosed);
  assert(rx.isClosed);
  assertThrows(() => tx.send(1), TypeError);
  assertEquals(rx.recv(), 0.5);
  assertThrows(() => rx.tryRecv(), ChannelClosedError);
  assertThrows(() => rx.recv(), ChannelClosedError);
  await assertRejects(() => rx.recvAsync(), ChannelClosedError);
});

Deno.test("Oneshot carries records, structs and what a codec makes", () => {
  const numbers = { i32: -1, u32: 2 ** 32 - 1, f64: -0 } as const;
  for (const [kind, value] of Object.entries(numbers)) {
    const oneshot = new Oneshot(kind as "i32");
    oneshot.sender().send(value);
    assert(Object.is(oneshot.receiver().recv(), value));
  }
  const point = new Oneshot(Point);
  point.sender().send({ x: 0.5, id: 7 });
  const same = Oneshot.from<{ x: number; id: number }>(point.handle);
  assertEquals(same.receiver().recv(), { x: 0.5, id: 7 });
  const text = new Oneshot(textCodec, { maxBytes: 8 });
  text.sender().send("héé");
  assertEquals(Oneshot.from<string>(text.handle).receiver().recv(), "héé");
  const bytes = new Oneshot(bytesCodec, { maxBytes: 3 });
  bytes.sender().send(Uint8Array.of(1, 2, 3));
  assertEquals(bytes.receiver().recv(), Uint8Array.of(1, 2, 3));
});

Deno.test("OneshotSender.send() throws with the message if the receiver is gone (U18)", () => {
  const oneshot = new Oneshot("i32");
  const tx = oneshot.sender();
  oneshot.receiver().close();
  assert(tx.isClosed);
  const error = assertThrows(() => tx.send(7), ChannelClosedError);
  assertEquals(error.value, 7);
});

Deno.test("OneshotReceiver.recv() throws if the sender is gone without a message (U18)", async () => {
  for (const end of ["close", "dispose"] as const) {
    const oneshot = new Oneshot("i32");
    const rx = oneshot.receiver();
    const tx = oneshot.sender();
    const waiting = rx.recvAsync({ timeout: SOON });
    if (end === "close") tx.close();
    else tx[Symbol.dispose]();
    assert(rx.isClosed);
    await assertRejects(() => waiting, ChannelClosedError);
    assertThrows(() => rx.recv(), ChannelClosedError);
    tx.close();
  }
});

Deno.test("OneshotReceiver.close() leaves a message that was sent before (U18)", () => {
  const oneshot = new Oneshot("i32");
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  tx.send(7);
  rx.close();
  rx.close();
  assertEquals(rx.recv(), 7);
  assertThrows(() => rx.recv(), ChannelClosedError);
  const refused = new Oneshot("i32").receiver();
  refused.close();
  assert(refused.isClosed);
  assertThrows(() => refused.tryRecv(), ChannelClosedError);
});

Deno.test(
  "OneshotSender.closed() waits for the receiver to go (U18)",
  TIMEOUT,
  async () => {
    const oneshot = new Oneshot("i32");
    const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
    assertThrows(() => tx.closed({ timeout: 1 }), DOMException);
    const waiting = tx.closedAsync({ timeout: SOON });
    rx.close();
    assert(await waiting);
    assert(tx.closed());
  },
);

Deno.test(
  "OneshotSender.closedAsync() ends when the message is sent",
  TIMEOUT,
  async () => {
    const oneshot = new Oneshot("i32");
    const tx = oneshot.sender();
    const waiting = tx.closedAsync({ timeout: SOON });
    tx.send(1);
    assertFalse(await waiting);
  },
);

Deno.test("Oneshot: each end is taken once", () => {
  const oneshot = new Oneshot("i32");
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  assertThrows(() => oneshot.sender(), TypeError);
  assertThrows(() => Oneshot.from(oneshot.handle).receiver(), TypeError);
  tx.close();
  rx.close();
  assertThrows(() => oneshot.sender(), TypeError);
  assertThrows(() => OneshotSender.from(tx.handle), TypeError);
  assertThrows(() => OneshotReceiver.from(rx.handle), TypeError);
});

Deno.test("Oneshot: an end is in the thread that attached to it last", async () => {
  const oneshot = new Oneshot("i32");
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  using other = claimOther();
  const [tx2, rx2] = runAs(other.id, () => [
    OneshotSender.from(tx.handle),
    OneshotReceiver.from(rx.handle),
  ]) as [OneshotSender, OneshotReceiver];
  assertThrows(() => tx.send(1), TypeError);
  assertFalse(await tx.closedAsync({ timeout: SOON }));
  assertThrows(() => rx.recv(), TypeError);
  assert(tx.isClosed && rx.isClosed);
  assertFalse(runAs(other.id, () => tx2.isClosed || rx2.isClosed));
  // What they close they do not have.
  tx.close();
  rx.close();
  tx2.send(7);
  assertEquals(rx2.recv(), 7);
});

Deno.test(
  "Oneshot: an end whose thread is lost counts as closed (U18)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    using one = claimOther();
    using two = claimOther();
    const unsent = new Oneshot("i32");
    runAs(one.id, () => Oneshot.from(unsent.handle).sender());
    const sent = new Oneshot("i32");
    runAs(one.id, () => Oneshot.from(sent.handle).sender().send(7));
    const unheard = new Oneshot("i32");
    runAs(two.id, () => Oneshot.from(unheard.handle).receiver());
    const rx = unsent.receiver();
    assertFalse(rx.isClosed);
    const waiting = rx.recvAsync({ timeout: SOON });
    const tx = unheard.sender();
    const closed = tx.closedAsync({ timeout: SOON });
    threads.markLost(one.id);
    threads.markLost(two.id);
    assert(rx.isClosed);
    await assertRejects(() => waiting, ChannelClosedError);
    assertEquals(sent.receiver().recv(), 7);
    assert(await closed);
    assertThrows(() => tx.send(1), ChannelClosedError);
  },
);

Deno.test("Oneshot: waits give up in time and change nothing", async () => {
  const oneshot = new Oneshot("i32");
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  const waiting: Async = [
    (options) => rx.recvAsync(options),
    (options) => tx.closedAsync(options),
  ];
  await assertTimes(
    [(options) => rx.recv(options), (options) => tx.closed(options)],
    waiting,
  );
  await startAbortable(waiting)();
  tx.send(7);
  assertEquals(rx.recv({ timeout: 0 }), 7);
});

Deno.test("Oneshot refuses what it cannot carry, and the end can be used still", () => {
  const oneshot = new Oneshot(textCodec, { maxBytes: 4 });
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  assertThrows(() => tx.send("hello"), RangeError);
  assertThrows(() => tx.send(undefined as never), TypeError);
  assertThrows(() => tx.send(7 as never), TypeError);
  tx.send("hell");
  assertEquals(rx.recv(), "hell");
  const number = new Oneshot("i32").sender();
  assertThrows(() => number.send(0.5), RangeError);
  assertThrows(() => number.send("1" as never), TypeError);
  assertThrows(() => number.send(undefined as never), TypeError);
  assertFalse(number.isClosed);
  for (const maxBytes of [undefined, 0, -1, 1.5, NaN, 2 ** 25]) {
    assertThrows(
      () => new Oneshot(textCodec, { maxBytes: maxBytes! }),
      RangeError,
    );
  }
  assertRefusesSources((source) => new Oneshot(source));
});

Deno.test("Oneshot refuses handles of something else, too small or of another form", () => {
  const { handle } = new Oneshot("f64");
  const from = (changes: object) =>
    Oneshot.from({ ...handle, ...changes } as typeof handle);
  assertRefusesHandles(handle, (other) => Oneshot.from(other), {
    record: "i32",
    sizes: [64, 256, 4096],
  });
  assertThrows(() => from({ record: undefined }), TypeError);
  assertThrows(
    () => from({ record: undefined, codec: "numbers", maxBytes: 4 }),
    TypeError,
  );
  assertThrows(() => OneshotSender.from(handle as never), TypeError);
  assertThrows(() => OneshotReceiver.from(null as never), TypeError);
  // Nobody has an end of it.
  assertThrows(
    () => OneshotSender.from({ ...handle, kind: "OneshotSender" }),
    TypeError,
  );
  const coded = new Oneshot(NUMBERS, { maxBytes: 8 });
  assertThrows(() => Oneshot.from(coded.handle), TypeError);
  assertThrows(
    () => Oneshot.from(coded.handle, textCodec as never),
    TypeError,
  );
  assertInstanceOf(Oneshot.from(coded.handle, NUMBERS), Oneshot);
});

Deno.test("OneshotReceiver.recv() throws what the codec throws as the cause", () => {
  const oneshot = new Oneshot<number>({
    name: "bad",
    encode: () => Uint8Array.of(1),
    decode: () => {
      throw new SyntaxError("no");
    },
  }, { maxBytes: 1 });
  oneshot.sender().send(7);
  const rx = oneshot.receiver();
  const error = assertThrows(() => rx.recv(), MessageDecodeError);
  assertInstanceOf(error.cause, SyntaxError);
  assertThrows(() => rx.recv(), ChannelClosedError);
});

Deno.test("OneshotReceiver is an arm of select", TIMEOUT, async () => {
  const [a, b] = [new Oneshot("i32"), new Oneshot("i32")];
  const arms = { a: a.receiver(), b: b.receiver() };
  const choice = selectAsync(arms, { timeout: SOON });
  b.sender().send(7);
  assertEquals(await choice, { key: "b", closed: false, value: 7 });
  a.sender().close();
  const { key, closed } = await selectAsync({ a: arms.a });
  assertEquals([key, closed], ["a", true]);
});

type Step = "send" | "drop" | "close" | "tryRecv";

Deno.test("Oneshot does what a variable does", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom<Step>("send", "drop", "close", "tryRecv"),
        { maxLength: 8 },
      ),
      (steps) => {
        const oneshot = new Oneshot("i32");
        const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
        let [isUsed, isRefused, isReceived] = [false, false, false];
        let message: number | undefined;
        for (const [k, step] of steps.entries()) {
          assertEquals(rx.isClosed, isUsed || isRefused);
          if (step === "send") {
            if (isUsed) assertThrows(() => tx.send(k), TypeError);
            else if (isRefused) {
              assertThrows(() => tx.send(k), ChannelClosedError);
            } else {
              tx.send(k);
              message = k;
            }
            isUsed = true;
          } else if (step === "drop") {
            tx.close();
            isUsed = true;
          } else if (step === "close") {
            rx.close();
            isRefused ||= !isUsed;
          } else if (message !== undefined && !isReceived) {
            assertEquals(rx.tryRecv(), message);
            isReceived = true;
          } else if (isUsed || isRefused) {
            assertThrows(() => rx.tryRecv(), ChannelClosedError);
          } else assertEquals(rx.tryRecv(), undefined);
        }
      },
    ),
    { numRuns: 200 },
  );
});

const MANY = 1500;

Deno.test(
  "Oneshot: workers receive what workers sent, each once (U18)",
  TIMEOUT,
  async () => {
    const oneshots = Array.from({ length: MANY }, () => new Oneshot("f64"));
    const senders = oneshots.map((oneshot) => oneshot.sender().handle);
    const receivers = oneshots.map((oneshot) => oneshot.receiver().handle);
    const start = new Barrier(2).handle;
    const [sent, got] = await runWorkers<OneshotTask, OneshotOutcome>(
      "oneshot_worker.ts",
      [{ start, senders, seed: 1 }, { start, receivers, seed: 2 }],
    );
    // A message that was refused was received by nobody.
    assertEquals(sent, got);
    assert(sent!.includes("closed") && sent!.includes(1));
  },
);

Deno.test(
  "Oneshot: a worker that is terminated has sent or counts as closed (U18)",
  TIMEOUT,
  async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const oneshots = Array.from({ length: MANY }, () => new Oneshot("f64"));
      const senders = oneshots.map((oneshot) => oneshot.sender().handle);
      const receivers = oneshots.map((oneshot) => oneshot.receiver());
      const start = new Barrier(2);
      using victim = new Mortal<OneshotOutcome>("oneshot_worker.ts", {
        start: start.handle,
        senders,
        seed,
      });
      await start.waitAsync({ timeout: SOON });
      const waits = receivers.map((rx) =>
        rx.recvAsync({ timeout: SOON }).catch((error) => error)
      );
      await waits[seed * 20];
      await victim.lose();
      for (const [k, wait] of waits.entries()) {
        const got = await wait;
        assert(got === k || got instanceof ChannelClosedError, `${k}: ${got}`);
      }
    }
  },
);

Deno.test("OneshotReceiver.recv() receives null", () => {
  const oneshot = new Oneshot(JSON_VALUES, { maxBytes: 8 });
  const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
  tx.send(null);
  assertEquals(rx.recv({ timeout: SOON }), null);
});
