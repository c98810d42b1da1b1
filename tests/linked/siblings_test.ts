import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { LocalLines } from "../../linked/local_lines.ts";
import { KeptLines, SharedLines } from "../../linked/shared_lines.ts";
import type { SiblingLines } from "../../linked/sibling_lines.ts";
import { leaveSiblings, Siblings } from "../../linked/siblings.ts";
import { ChannelClosedError, ChannelReserveError } from "../../sync/mod.ts";

const timeout = 10_000;
const RESERVE = 2 ** 14;

/** Two siblings on this thread, and what closes their lines. */
interface Pair {
  readonly one: Siblings<number>;
  readonly other: Siblings<number>;
  /** The runtime is closed. */
  close(): void;
}

function pairOver(lines: SiblingLines, close: () => void): Pair {
  const of = (index: number) =>
    new Siblings<number>(
      "pair",
      true,
      () => ({ index, workers: { size: 2 }, lines }),
    );
  return { one: of(0), other: of(1), close };
}

const KINDS: [string, () => Pair][] = [
  ["local", () => {
    const lines = new LocalLines(RESERVE);
    return pairOver(lines, () => lines.close());
  }],
  ["shared", () => {
    const kept = new KeptLines(2, RESERVE);
    const lines = new SharedLines(structuredClone(kept.handles));
    return pairOver(lines, () => kept.close());
  }],
];

for (const [kind, make] of KINDS) {
  Deno.test(`Siblings has its index and its count once it is linked (${kind})`, () => {
    const { one, other } = make();
    assertEquals([one.index, one.size, other.index], [0, 2, 1]);
    const unlinked = new Siblings("pair", true, () => undefined);
    assertEquals([unlinked.index, unlinked.size], [-1, 0]);
    assertThrows(() => unlinked.send(0, 1), RangeError, "not linked");
    assertThrows(() => unlinked.tryRecv(), TypeError);
    unlinked.broadcast(1); // to nobody
  });

  Deno.test(
    `Siblings.recvAsync() gives up with its signal, and loses nothing (${kind})`,
    {
      timeout,
    },
    async () => {
      const { one, other } = make();
      const controller = new AbortController();
      const { signal } = controller;
      const first = other.recvAsync({ signal });
      const second = other.recvAsync();
      const reason = new RangeError("enough");
      controller.abort(reason);
      assertEquals(await first.catch((error) => error), reason);
      one.send(1, 5);
      assertEquals(await second, 5);
      one.send(1, 6);
      const late = await other.recvAsync({ signal }).catch((error) => error);
      assertEquals(late, reason);
      assertEquals(other.tryRecv(), 6);
    },
  );

  Deno.test(
    `Siblings.recvAsync() serves calls in their order, those that find a message too (${kind})`,
    {
      timeout,
    },
    async () => {
      const { one, other } = make();
      const order: number[] = [];
      const calls = [0, 1, 2].map((k) =>
        other.recvAsync().then((value) => order.push(10 * k + value))
      );
      for (const value of [0, 1, 2, 3]) one.send(1, value);
      calls.push(other.recvAsync().then((value) => order.push(30 + value)));
      await Promise.all(calls);
      assertEquals(order, [0, 11, 22, 33]);
    },
  );

  Deno.test(
    `a loop over Siblings that is left gives messages back to others (${kind})`,
    {
      timeout,
    },
    async () => {
      const { one, other } = make();
      const iterator = other[Symbol.asyncIterator]();
      const waiting = iterator.next();
      await iterator.return!();
      assertEquals(await waiting, { done: true, value: undefined });
      one.send(1, 7);
      for await (const value of other) {
        assertEquals(value, 7);
        break;
      }
      one.send(1, 8);
      assertEquals(await other.recvAsync(), 8);
    },
  );

  Deno.test(
    `an instance that is let go gets no more, and what waits is told (${kind})`,
    {
      timeout,
    },
    async () => {
      const { one, other } = make();
      const loop = Array.fromAsync(other);
      const call = assertRejects(() => other.recvAsync(), ChannelClosedError);
      assertEquals(leaveSiblings(other as Siblings<unknown>), true);
      assertEquals(await loop, []);
      await call;
      assertThrows(() => other.tryRecv(), ChannelClosedError);
      assertThrows(() => other.recv(), ChannelClosedError);
      await assertRejects(() => other.recvAsync(), ChannelClosedError);
      assertEquals(await Array.fromAsync(other), []);
      assertEquals(leaveSiblings(other as Siblings<unknown>), false);
      assertEquals(leaveSiblings(one as Siblings<unknown>), false);
      // It still sends, and its line waits for the next one.
      other.send(0, 1);
      one.send(1, 2);
    },
  );

  Deno.test(
    `the next instance in a place has what the former one has not taken (${kind})`,
    {
      timeout,
    },
    async () => {
      const kept = new KeptLines(2, RESERVE);
      const local = new LocalLines(RESERVE);
      const lines = kind === "local" ? local : kept;
      const of = () =>
        new Siblings<number>(
          "pair",
          true,
          () => ({ index: 1, workers: { size: 2 }, lines }),
        );
      const [former, next] = [of(), of()];
      for (const value of [1, 2, 3]) former.send(1, value);
      assertEquals(await former.recvAsync(), 1);
      leaveSiblings(former as Siblings<unknown>);
      assertEquals(next.tryRecv(), 2);
      assertEquals(next.recv(), 3);
    },
  );

  Deno.test(
    `Siblings ends what waits once the runtime is closed, after what was sent (${kind})`,
    {
      timeout,
    },
    async () => {
      const { one, other, close } = make();
      for (const value of [1, 2]) one.send(1, value);
      const waits = Array.fromAsync(one);
      close();
      assertEquals(await Array.fromAsync(other), [1, 2]);
      assertEquals(await waits, []);
      const error = assertThrows(() => one.send(1, 3), ChannelClosedError);
      assertEquals(error.value, 3);
      assertThrows(() => other.tryRecv(), ChannelClosedError);
    },
  );

  Deno.test(`Siblings.send() refuses undefined, and what is too much (${kind})`, () => {
    const { one, other } = make();
    const bad = undefined as unknown as number;
    assertThrows(() => one.send(1, bad), TypeError);
    const big = new Array(200).fill(0.5) as unknown as number;
    assertThrows(() => {
      for (let k = 0; k < 1000; k++) one.send(1, big);
    }, ChannelReserveError);
    assertEquals(other.tryRecv(), big);
  });
}
