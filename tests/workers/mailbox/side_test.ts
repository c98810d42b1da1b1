import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  CorruptFrameError,
  decodeArguments,
  encodeArguments,
  move,
  Reader,
  Writer,
} from "../../../codec/mod.ts";
import { loadTaker } from "../../../codec/take_message.ts";
import { Side, type SideOptions } from "../../../workers/mailbox/side.ts";
import { runProgram } from "../../support/run_program.ts";

const timeout = 60_000;

/** Both ends of a side way, on this thread. */
class Ends implements Disposable {
  readonly from: Side;
  readonly to: Side;
  opened = 0;
  ready = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const options: SideOptions = {
      open: () => {
        this.opened++;
        return port1;
      },
      onDrop: () => {},
      onReady: () => this.ready++,
      blocks: () => false,
    };
    this.from = new Side(options);
    this.to = new Side(options);
    this.to.accept(port2);
    this.ready = 0;
  }

  /** Sends a frame of these values, which is not received yet. */
  send(values: unknown[]): Reader {
    const out = new Writer();
    out.clear();
    encodeArguments(out, values);
    this.from.attach(out);
    out.sent();
    return Reader.of(out.bytes.slice(0, out.byteLength));
  }

  [Symbol.dispose](): void {
    this.from.close();
    this.to.close();
  }
}

Deno.test("Side gives each frame what travelled with it (property)", {
  timeout,
}, async () => {
  await loadTaker();
  const buffers = Array.from({ length: 5 }, (_, k) => {
    const buffer = new SharedArrayBuffer(4);
    new Int32Array(buffer)[0] = k;
    return buffer;
  });
  const frames = fc.array(
    fc.record({
      shared: fc.array(fc.nat(4), { maxLength: 4 }),
      moved: fc.array(fc.nat(9), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 5 }), (all, lag) => {
      using ends = new Ends();
      const arrived = new Map<number, unknown>();
      const pending: { frame: Reader; expected: (typeof all)[0] }[] = [];
      const receive = () => {
        const { frame, expected } = pending.shift()!;
        assert(ends.to.take(frame));
        const values = decodeArguments(frame);
        const shared = values.splice(0, expected.shared.length);
        for (const [k, number] of expected.shared.entries()) {
          const buffer = shared[k] as SharedArrayBuffer;
          assertEquals(new Int32Array(buffer)[0], number);
          if (!arrived.has(number)) arrived.set(number, buffer);
          assertStrictEquals(arrived.get(number), buffer);
        }
        assertEquals(
          values.map((bytes) => (bytes as Uint8Array).length),
          expected.moved,
        );
      };
      for (const expected of all) {
        const frame = ends.send([
          ...expected.shared.map((k) => buffers[k]),
          ...expected.moved.map((length) => move(new Uint8Array(length))),
        ]);
        pending.push({ frame, expected });
        if (pending.length > lag) receive();
      }
      while (pending.length > 0) receive();
      assertEquals(ends.to.kept, arrived.size);
    }),
    { numRuns: 100 },
  );
});

Deno.test(
  "Side opens no port for frames that need none",
  { timeout },
  async () => {
    await loadTaker();
    using ends = new Ends();
    const frame = ends.send([1, "two"]);
    assertEquals([ends.to.take(frame), ends.opened], [true, 0]);
    assertEquals(decodeArguments(frame), [1, "two"]);
    const shared = new SharedArrayBuffer(8);
    const first = ends.send([shared]);
    const second = ends.send([shared]);
    assertEquals(ends.opened, 1);
    assert(ends.to.take(first) && ends.to.take(second));
    assertStrictEquals(decodeArguments(first)[0], decodeArguments(second)[0]);
  },
);

Deno.test("Side lets a frame wait for its port, and says when it is there", {
  timeout,
}, async () => {
  await loadTaker();
  const { port1, port2 } = new MessageChannel();
  let ready = 0;
  const options: SideOptions = {
    open: () => port1,
    onDrop: () => {},
    onReady: () => ready++,
    blocks: () => false,
  };
  const [from, to] = [new Side(options), new Side(options)];
  const out = new Writer();
  out.clear();
  encodeArguments(out, [move(new Uint8Array([5]))]);
  from.attach(out);
  const frame = Reader.of(out.bytes.slice(0, out.byteLength));
  const { end } = frame;
  assertEquals([to.take(frame), frame.end, ready], [false, end, 0]);
  to.accept(port2);
  assertEquals([ready, to.take(frame)], [1, true]);
  assertEquals(decodeArguments(frame), [new Uint8Array([5])]);
  from.close();
  to.close();
});

Deno.test("Side.attach() that cannot move something sends nothing", {
  timeout,
}, async () => {
  await loadTaker();
  using ends = new Ends();
  const { port1, port2 } = new MessageChannel();
  structuredClone(port1, { transfer: [port1] }).close();
  port2.close();
  const bytes = new Uint8Array(3);
  const shared = new SharedArrayBuffer(8);
  assertThrows(() => ends.send([shared, move(bytes), move(port1)]), TypeError);
  assertEquals(bytes.length, 3);
  const frame = ends.send([shared]);
  assert(ends.to.take(frame));
  assertInstanceOf(decodeArguments(frame)[0], SharedArrayBuffer);
});

Deno.test("Side.take() survives every table of attachments (property)", {
  timeout,
}, async () => {
  await loadTaker();
  const words = fc.oneof(
    fc.nat(4),
    fc.constantFrom(-1, 0x7fffffff, -0x80000000),
    fc.integer(),
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (all) => {
      // A message that never comes is waited for, so none is announced.
      if (all.length > 0) all[all.length - 1] = 0;
      using ends = new Ends();
      const frame = Reader.of(new Uint8Array(Int32Array.from(all).buffer));
      assert(ends.to.take(frame));
      assert(frame.end >= 0 && frame.end <= all.length);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a frame whose message is missing is corrupt, and hangs nobody", {
  timeout,
}, async () => {
  await loadTaker();
  using ends = new Ends();
  const frame = ends.send([new SharedArrayBuffer(8)]);
  frame.words[frame.end - 1]! += 1;
  assert(ends.to.take(frame));
  assertThrows(() => decodeArguments(frame), CorruptFrameError);
});

Deno.test("buffers that the sender has no more are let go of by the receiver", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `
    import { Writer, Reader, encodeArguments } from "@kindred/kindred/codec";
    import { loadTaker } from "${new URL(
      "../../../codec/take_message.ts",
      import.meta.url,
    )}";
    import { Side } from "${new URL(
      "../../../workers/mailbox/side.ts",
      import.meta.url,
    )}";
    await loadTaker();
    const { port1, port2 } = new MessageChannel();
    let drops = 0;
    const options = {
      open: () => port1,
      onDrop: () => drops++,
      onReady: () => {},
      blocks: () => false,
    };
    const from = new Side(options);
    const to = new Side(options);
    to.accept(port2);
    function send(values) {
      const out = new Writer();
      out.clear();
      encodeArguments(out, values);
      from.attach(out);
      to.take(Reader.of(out.bytes.slice(0, out.byteLength)));
    }
    const kept = new SharedArrayBuffer(8);
    send([kept]);
    (function () {
      for (let k = 0; k < 100; k++) send([new SharedArrayBuffer(8)]);
    })();
    console.log(to.kept);
    for (let round = 0; round < 50 && to.kept > 1; round++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (drops > 0) send([kept]);
    }
    console.log(to.kept, kept.byteLength);
    from.close();
    to.close();
    `,
    { permissions: ["-A", "--v8-flags=--expose-gc"] },
  );
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trim().split("\n"), ["101", "1 8"]);
});
