import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LocalLines } from "../../linked/local_lines.ts";
import {
  ChannelClosedError,
  ChannelReserveError,
  DeadlockError,
} from "../../sync/mod.ts";

const timeout = 10_000;

Deno.test("LocalLines hands out copies, in order, to the one they are for", () => {
  const lines = new LocalLines(1024);
  const message = { list: [1] };
  lines.send(1, message);
  message.list.push(2);
  lines.send(1, message);
  lines.send(0, "other");
  const line = lines.open(1);
  assertEquals(line.tryRecv(), { list: [1] });
  assertEquals(line.recv({}), { list: [1, 2] });
  assertEquals(line.tryRecv(), undefined);
  assertEquals(lines.open(0).tryRecv(), "other");
});

Deno.test("LocalLines refuses what is more than the reserve, and takes more once there is room", () => {
  const lines = new LocalLines(1024);
  const line = lines.open(0);
  const text = "x".repeat(300);
  let sent = 0;
  const error = assertThrows(
    () => {
      for (;; sent++) lines.send(0, text);
    },
    ChannelReserveError,
  );
  assertEquals(error.value, text);
  assertEquals(sent, 3);
  assertEquals(line.tryRecv(), text);
  lines.send(0, text);
  assertThrows(() => lines.send(0, "x".repeat(1024)), RangeError, "'reserve'");
});

Deno.test(
  "LocalLines: a call that gives up leaves the message to the next one",
  {
    timeout,
  },
  async () => {
    const lines = new LocalLines(1024);
    const line = lines.open(0);
    const stop = new AbortController();
    const first = line.recvAsync({ signal: stop.signal });
    const second = line.recvAsync({});
    lines.send(0, "message"); //  wakes the first
    stop.abort(new RangeError("stop")); // which does not take it any more
    const results = await Promise.allSettled([first, second]);
    const values = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value] : []
    );
    lines.send(0, "next");
    values.push(line.tryRecv() ?? await second);
    assertEquals(new Set(values), new Set(["message", "next"]));
  },
);

Deno.test("LocalLines: a call that is aborted or late is told so", {
  timeout,
}, async () => {
  const line = new LocalLines(1024).open(0);
  await assertRejects(() => line.recvAsync({ timeout: 1 }), DOMException);
  const reason = new RangeError("enough");
  await assertRejects(
    () => line.recvAsync({ signal: AbortSignal.abort(reason) }),
    RangeError,
  );
  await assertRejects(() => line.recvAsync({ timeout: NaN }), RangeError);
  assertThrows(() => line.recv({ timeout: -1 }), RangeError);
  assertThrows(() => line.recv({ timeout: 1 }), DOMException);
  assertThrows(() => line.recv({}), DeadlockError);
});

Deno.test("LocalLines.close() tells all who wait, and keeps what was sent", {
  timeout,
}, async () => {
  const lines = new LocalLines(1024);
  const [one, other] = [lines.open(0), lines.open(1)];
  const waiting = [
    one.recvAsync({}),
    one.recvAsync({}),
    other.recvAsync({}),
  ].map((call) => assertRejects(() => call, ChannelClosedError));
  lines.send(2, "last");
  lines.close();
  await Promise.all(waiting);
  assertEquals(lines.open(2).tryRecv(), "last");
  assertThrows(() => lines.open(2).tryRecv(), ChannelClosedError);
  const error = assertThrows(() => lines.send(0, "late"), ChannelClosedError);
  assertEquals(error.value, "late");
});

Deno.test("LocalLines.resize() drops what is for workers that are gone", () => {
  const lines = new LocalLines(1024);
  for (const to of [0, 1, 2]) lines.send(to, to);
  lines.resize(1);
  lines.resize(3);
  assertEquals([0, 1, 2].map((to) => lines.open(to).tryRecv()), [
    0,
    undefined,
    undefined,
  ]);
});

Deno.test(
  "LocalLines gives each message to one call, in the order of the calls",
  {
    timeout,
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("send", "recv", "try", "turn"), {
          maxLength: 60,
        }),
        async (steps) => {
          const lines = new LocalLines(2 ** 20);
          const line = lines.open(0);
          let sent = 0;
          let asked = 0;
          const got: unknown[] = [];
          const order: number[] = [];
          for (const step of steps) {
            if (step === "send") lines.send(0, sent++);
            else if (step === "recv") {
              const call = asked++;
              line.recvAsync({}).then((value) => {
                got.push(value);
                order.push(call);
              });
            } else if (step === "turn") {
              await new Promise((next) => setTimeout(next));
            } else {
              const value = line.tryRecv();
              if (value !== undefined) got.push(value);
            }
          }
          while (order.length < asked) {
            lines.send(0, sent++);
            await new Promise((next) => setTimeout(next));
          }
          for (let v = line.tryRecv(); v !== undefined; v = line.tryRecv()) {
            got.push(v);
          }
          assertEquals(order, order.map((_, k) => k));
          assertEquals(
            (got as number[]).toSorted((a, b) => a - b),
            Array.from({ length: sent }, (_, k) => k),
          );
          assert(sent >= got.length);
        },
      ),
      { numRuns: 60 },
    );
  },
);
