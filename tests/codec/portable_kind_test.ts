import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  decode,
  decodeArguments,
  encode,
  encodeArguments,
  portableCodec,
  Writer,
} from "../../codec/mod.ts";
import { kindNumbered, registerPortable } from "../../codec/portable_kind.ts";
import * as tags from "../../codec/tag.ts";
import { SharedCounter } from "../../sync/mod.ts";
import {
  assertCorrupt,
  copyOf,
  encoded,
  frameOf,
  readerOf,
} from "./support.ts";

/** Stands for a value of a layer above. */
class Ticket {
  readonly number: number;
  readonly inside: unknown;
  relocations: unknown[] = [];

  constructor(number: number, inside?: unknown) {
    this.number = number;
    this.inside = inside;
  }
}

let open = 0;
const NUMBER = 200;

registerPortable<Ticket, unknown>({
  number: NUMBER,
  is: (value): value is Ticket => value instanceof Ticket,
  refuse: ({ number }) => number < 0 ? "is a used ticket" : undefined,
  encode: ({ number, inside }, out) => {
    open++;
    out.whenDropped(() => open--);
    return [number, inside];
  },
  decode: (data, from) => {
    if (!Array.isArray(data) || typeof data[0] !== "number") {
      throw new RangeError("Cannot make ticket of that");
    }
    const ticket = new Ticket(data[0], data[1]);
    ticket.relocations.push(from.context);
    return ticket;
  },
});

registerPortable<() => string, string>({
  number: NUMBER + 1,
  is: (value): value is () => string => Object.hasOwn(value, "spoken"),
  encode: (value) => value(),
  decode: (text) => speaker(String(text)),
});

function speaker(text: string): () => string {
  return Object.assign(() => text, { spoken: true });
}

Deno.test("registerPortable() makes instances of a class portable", () => {
  const copy = copyOf({ list: [new Ticket(7, { deep: [1] })] }) as {
    list: [Ticket];
  };
  assertInstanceOf(copy.list[0], Ticket);
  assertEquals([copy.list[0].number, copy.list[0].inside], [7, { deep: [1] }]);
});

Deno.test("registerPortable() makes functions portable", () => {
  const [a, b] = copyOf([speaker("hello"), speaker("x")]) as (() => string)[];
  assertEquals([a!(), b!()], ["hello", "x"]);
  const f = speaker("twice");
  const [c, d] = copyOf([f, f]) as unknown[];
  assertStrictEquals(c, d);
});

Deno.test("registerPortable() works in all modes, and carries shared objects", () => {
  const counter = new SharedCounter(1);
  const ticket = new Ticket(1, counter);
  const copy = copyOf(ticket, { shared: true }) as Ticket;
  (copy.inside as SharedCounter).add(1);
  assertEquals(counter.value, 2);
  const codec = portableCodec<unknown>();
  assertInstanceOf(codec.decode(codec.encode(new Ticket(2)).slice()), Ticket);
});

Deno.test("a registered kind is decoded once for each crossing, and knows the frame", () => {
  const ticket = new Ticket(1);
  const out = new Writer();
  out.context = { to: 5 };
  encodeArguments(out, [ticket, [ticket]]);
  const reader = readerOf(out);
  reader.context = { from: 3 };
  const [a, [b]] = decodeArguments(reader) as [Ticket, [Ticket]];
  assertStrictEquals(a, b);
  assertEquals(a.relocations, [{ from: 3 }]);
});

Deno.test("what a registered kind notes is undone if the frame is not sent", () => {
  const before = open;
  const out = new Writer();
  const bad = [new Ticket(1), [new Ticket(2), () => {}]];
  assertThrows(() => encode(out, bad, "value"), TypeError);
  assertThrows(
    () => encodeArguments(out, [new Ticket(1), Symbol()]),
    TypeError,
  );
  assertEquals(open, before);
  encode(out, new Ticket(3), "value");
  assertEquals(open, before + 1);
  out.drop();
  assertEquals(open, before);
  const error = new Error("x", { cause: [new Ticket(4), () => {}] });
  encode(out, error, "value");
  assertEquals(open, before);
});

Deno.test("a registered kind refuses with its reason and the path", () => {
  const error = assertThrows(
    () => encoded({ mine: [new Ticket(-1)] }),
    TypeError,
  );
  assertStringIncludes(error.message, "'mine[0]'");
  assertStringIncludes(error.message, "used ticket");
  const inside = assertThrows(
    () => encoded({ mine: new Ticket(1, { f: () => {} }) }),
    TypeError,
  );
  assertStringIncludes(inside.message, "function");
});

Deno.test("encode() asks no kind for a plain object, also to say what is wrong in it", () => {
  // The kind of functions would know it by its property, and call it.
  const plain = { spoken: true, bad: Symbol("s") };
  const error = assertThrows(() => encoded({ plain }), TypeError);
  assertStringIncludes(error.message, "'plain.bad' is a symbol");
});

Deno.test("what the decoder of a kind throws arrives unchanged", () => {
  const frame = frameOf((NUMBER << 8) | tags.KIND, tags.NULL);
  assertThrows(() => decode(frame), RangeError, "ticket");
});

Deno.test("decode() refuses a kind that is not registered", () => {
  assert(kindNumbered(4711) === undefined);
  const frame = frameOf((4711 << 8) | tags.KIND, tags.NULL);
  assertCorrupt(frame);
});

Deno.test("registerPortable() refuses a number that is taken", () => {
  assertThrows(
    () =>
      registerPortable({
        number: NUMBER,
        is: (value): value is Date => value instanceof Date,
        encode: () => 1,
        decode: () => new Date(),
      }),
    RangeError,
  );
});
