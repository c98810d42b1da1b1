import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertNotStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { CorruptFrameError, portableCodec, Writer } from "../../codec/mod.ts";
import {
  Channel,
  ChannelClosedError,
  MessageDecodeError,
  Mutex,
  Receiver,
  Sender,
  struct,
  textCodec,
} from "../../sync/mod.ts";
import { portableValues } from "./portable_values.ts";
import { assertCopy } from "./same.ts";
import { copyOf, encoded } from "./support.ts";

const MINUTE = 60_000;
const codec = portableCodec<unknown>();

/** Bytes as a store gives them: at the start of larger memory. */
function received(bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(2 * bytes.length + 64).fill(0xff);
  memory.set(bytes);
  return memory.subarray(0, bytes.length);
}

Deno.test(
  "portableCodec() gives a copy of every value that it takes (property)",
  {
    timeout: MINUTE,
  },
  () => {
    fc.assert(
      fc.property(portableValues, (value) => {
        assertCopy(codec.decode(received(codec.encode(value))), value);
      }),
      { numRuns: 300 },
    );
  },
);

Deno.test(
  "portableCodec() carries what the documentation names through a channel",
  {
    timeout: MINUTE,
  },
  () => {
    const channel = new Channel(codec);
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const values = [
      0,
      -0.5,
      NaN,
      "latin1 é",
      "\u{1f600} and more",
      "\ud800",
      true,
      null,
      -(2n ** 70n),
      new Date(1),
      new Float32Array([0.5]),
      new Uint8Array([1, 2, 3]),
      new ArrayBuffer(5),
      [1, [undefined]],
      { a: { b: 1 } },
      new Map([[1, new Set(["x"])]]),
      new RangeError("far", { cause: new Error("near") }),
      new Uint8Array(100_000).fill(7),
    ];
    for (const value of values) tx.send(value);
    for (const value of values) assertCopy(rx.recv(), value);
  },
);

Deno.test(
  "portableCodec() decodes corrupt bytes or says that they are corrupt (property)",
  {
    timeout: MINUTE,
  },
  () => {
    function read(bytes: Uint8Array): void {
      try {
        codec.decode(bytes);
      } catch (error) {
        assertInstanceOf(error, CorruptFrameError);
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64, size: "max" }), read),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(
        portableValues,
        fc.nat(),
        fc.nat(255),
        fc.nat(),
        (value, at, byte, end) => {
          const bytes = received(codec.encode(value));
          bytes[at % bytes.length] = byte;
          read(bytes);
          read(bytes.subarray(0, end % bytes.length));
        },
      ),
      { numRuns: 1000 },
    );
  },
);

Deno.test("portableCodec() says that bytes are corrupt which are too many, or no words", () => {
  const bytes = Uint8Array.from([...codec.encode("one"), 0, 0, 0, 0]);
  assertThrows(() => codec.decode(bytes), CorruptFrameError);
  assertThrows(() => codec.decode(bytes.subarray(0, 7)), CorruptFrameError);
  assertThrows(() => codec.decode(bytes.subarray(1, 5)), CorruptFrameError);
  assertThrows(() => codec.decode(new Uint8Array(0)), CorruptFrameError);
});

Deno.test("a channel takes a corrupt message away, and the next one arrives", () => {
  const channel = new Channel<unknown>({
    ...codec,
    name: "torn",
    encode: (value) => value === "bad" ? Uint8Array.of(9) : codec.encode(value),
  });
  const [tx, rx] = [channel.sender(), channel.receiver()];
  tx.send("bad");
  tx.send("good");
  const error = assertThrows(() => rx.recv(), MessageDecodeError);
  assertInstanceOf(error.cause, CorruptFrameError);
  assertEquals(rx.recv(), "good");
});

Deno.test("portableCodec() refuses what cannot be sent by its name and path, and nothing is sent", () => {
  const channel = new Channel(codec);
  const tx = channel.sender();
  const refused: [value: unknown, ...says: string[]][] = [
    [{ options: { onDone: () => {} } }, "options.onDone", "function"],
    [[1, Symbol("s")], "[1]", "symbol"],
    [{ at: new SharedArrayBuffer(8) }, "'at'", "SharedArrayBuffer"],
    [[new Mutex()], "[0]", "Mutex", "shared memory"],
    [{ channel }, "'channel'", "Channel"],
    [{ tx }, "'tx'", "Sender"],
    [new Uint8Array(new SharedArrayBuffer(8)), "shared memory"],
    [Promise.resolve(), "promise"],
  ];
  for (const [value, ...says] of refused) {
    const error = assertThrows(() => tx.send(value), TypeError);
    for (const part of says) assertStringIncludes(error.message, part);
  }
  assertThrows(() => tx.send(undefined), TypeError);
  assertEquals(channel.size, 0);
  tx.send("fine");
  assertEquals(channel.receiver().recv(), "fine");
});

Deno.test("portableCodec() encodes values whose getters send", () => {
  const channel = new Channel(codec);
  const tx = channel.sender();
  const nests = {
    get first() {
      tx.send(["inner", "x".repeat(50)]);
      return 1;
    },
    second: "y".repeat(50),
  };
  tx.send(nests);
  const rx = channel.receiver();
  assertEquals(rx.recv(), ["inner", "x".repeat(50)]);
  assertEquals(rx.recv(), { first: 1, second: "y".repeat(50) });
});

Deno.test("portableCodec() lets large memory go that it does not need any more", () => {
  codec.encode(new Uint8Array(5_000_000));
  assertLess(5_000_000, codec.encode(1).buffer.byteLength);
  for (let k = 0; k < 300; k++) codec.encode(k);
  assertLess(codec.encode(1).buffer.byteLength, 2 ** 20);
});

Deno.test("Writer.reserve() refuses more than a length can say, and changes nothing", () => {
  const out = new Writer(8);
  out.word(7);
  assertThrows(() => out.reserve(2 ** 29), RangeError);
  assertEquals([out.length, out.words[0], out.bytes.length], [1, 7, 8]);
  out.reserve(100);
  assertEquals(out.words[0], 7);
});

Deno.test("decode() attaches to channels of records and of codecs that all threads have", () => {
  const Point = struct({ x: "f64", y: "f64" });
  for (
    const [channel, value] of [
      [new Channel("f64"), 0.5],
      [new Channel("i32", { capacity: 2 }), 7],
      [new Channel(Point, { capacity: 2, single: true }), { x: 1, y: 2 }],
      [new Channel(textCodec), "text"],
      [new Channel(codec, { capacity: 5 }), ["portable"]],
    ] as unknown as [Channel<unknown>, unknown][]
  ) {
    const tx = channel.sender();
    const copy = copyOf(channel, { shared: true }) as Channel<unknown>;
    assert(copy instanceof Channel && copy !== channel);
    assertEquals(copy.handle, channel.handle);
    tx.send(value);
    assertEquals(copy.receiver().recv(), value);
  }
});

Deno.test("decode() opens an end for each sender and receiver that was sent", () => {
  const channel = new Channel(codec);
  const tx = channel.sender();
  const rx = channel.receiver();
  const sent = copyOf({ tx, rx }, { shared: true }) as {
    tx: Sender<unknown>;
    rx: Receiver<unknown>;
  };
  assertInstanceOf(sent.tx, Sender);
  assertInstanceOf(sent.rx, Receiver);
  assertNotStrictEquals<unknown>(sent.tx, tx);
  tx.close();
  rx.close();
  sent.tx.send([1]);
  assertEquals(sent.rx.recv(), [1]);
  sent.tx.close();
  assertThrows(() => sent.rx.recv(), ChannelClosedError);
  // What can be opened no more is said as it is.
  assertThrows(
    () => copyOf(sent.tx, { shared: true }),
    ChannelClosedError,
  );
});

Deno.test("encode() refuses a channel of a codec of its own, and says what to do", () => {
  const own = { ...textCodec, name: "own" };
  const channel = new Channel(own);
  for (
    const [value, says] of [
      [channel, "Channel.from(handle, codec)"],
      [[channel.sender()], "Sender.from(handle, codec)"],
      [{ rx: channel.receiver() }, "'rx'"],
    ] as const
  ) {
    const error = assertThrows(
      () => encoded(value, { shared: true }),
      TypeError,
    );
    assertStringIncludes(error.message, says);
  }
  const tx = Sender.from(channel.sender().handle, own);
  tx.send("x");
  assertEquals(channel.receiver().recv(), "x");
});
