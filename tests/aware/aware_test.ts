import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { aware, Unaware } from "../../aware/mod.ts";
import { move, portableCodec } from "../../codec/mod.ts";
import { Channel } from "../../sync/mod.ts";
import { copiesOf, copyOf } from "../codec/support.ts";
import {
  Account,
  Chameleon,
  Holder,
  NamedPoint,
  Point,
  Ring,
  StrayPoint,
} from "./fixtures/point.ts";

const url = import.meta.url;

/** Says that the instances of a class can be sent. */
class Plain {
  declare readonly "~sendable": true;
}

Deno.test("aware() sends the fields of an instance, and keeps its class (T7)", () => {
  const copy = copyOf(new Point(3, 4)) as Point;
  assertEquals(Object.getPrototypeOf(copy), Point.prototype);
  assertEquals([copy.x, copy.y, copy.norm], [3, 4, 5]);
  assertEquals(copy.told, [["unknown", "unknown"]]);
});

Deno.test("aware() sends a class without fields (T7)", () => {
  class Empty extends Plain {}
  aware(url, Empty);
  const copy = copyOf(new Empty());
  assertStrictEquals(Object.getPrototypeOf(copy), Empty.prototype);
  assertEquals(Object.keys(copy as object), []);
});

Deno.test("aware() sends variants and tuples of instances (T7)", () => {
  const shape = { kind: "line", ends: [new Point(1, 2), new Chameleon("a")] };
  const copy = copyOf(shape) as typeof shape;
  assertEquals(copy.ends.map((end) => end.constructor), [Point, Chameleon]);
  assertEquals((copy.ends[1] as Chameleon).color, "new a");
});

Deno.test("aware() skips fields, and leaves transient ones behind (T7)", () => {
  const copy = copyOf(new Holder()) as Holder;
  assertEquals(copy.told.told.length, 1);
  assertEquals(copy.skipped.told.length, 0);
  assertEquals(Object.hasOwn(copy, "cache"), false);
});

Deno.test("aware() sends private fields by 'take' and 'make' (T7)", () => {
  const account = new Account(new Point(1, 2));
  account.deposit(5);
  const copy = copyOf(account) as Account;
  assertEquals([copy.deposit(1), account.deposit(0)], [6, 5]);
  assertEquals(copy.owner.told.length, 1);
});

Deno.test("aware() sends a class that extends another one, if it is registered itself (T7)", () => {
  const copy = copyOf(new NamedPoint(1, 2, "a")) as NamedPoint;
  assertEquals(copy.constructor, NamedPoint);
  assertEquals([copy.x, copy.name, copy.told.length], [1, "a", 1]);
  const error = assertThrows(
    () => copyOf({ list: [new StrayPoint(1, 2)] }),
    TypeError,
    "'list[0]' is an instance of StrayPoint",
  );
  assertEquals(/only Point is/.test((error as Error).message), true);
});

Deno.test("aware() tells an instance once for each crossing, whatever refers to it", () => {
  const point = new Point(1, 2);
  const copy = copyOf([point, { point }, new Map([[point, point]])]) as [
    Point,
    { point: Point },
    Map<Point, Point>,
  ];
  assertEquals(copy[0].told.length, 1);
  assertStrictEquals(copy[1].point, copy[0]);
  assertStrictEquals([...copy[2].values()][0], copy[0]);
  const ring = copyOf(new Ring()) as Ring;
  assertStrictEquals(ring.next, ring);
  assertEquals(ring.told, 1);
  const [a, b] = copiesOf([1, point, point]).slice(1) as [Point, Point];
  assertStrictEquals(a, b);
  assertEquals(a.told.length, 1);
});

Deno.test("aware() puts everywhere what takes the place of an instance", () => {
  const red = new Chameleon("red");
  const copy = copyOf({ a: red, b: [red] }) as {
    a: Chameleon;
    b: [Chameleon];
  };
  assertEquals(copy.a.color, "new red");
  assertStrictEquals(copy.b[0], copy.a);
});

Deno.test("an instance may receive from a channel while it arrives by one", () => {
  const channel = new Channel(portableCodec<unknown>());
  const [tx, rx] = [channel.sender(), channel.receiver()];
  class Reads extends Plain {
    got: unknown[] = [];
    relocated(): void {
      this.got.push(rx.recv());
    }
  }
  aware(url, Reads);
  tx.send([new Reads(), "after", new Reads()]);
  tx.send({ first: [1, 2, 3] });
  tx.send("second");
  const [first, after, second] = rx.recv() as [Reads, string, Reads];
  assertEquals(first.got, [{ first: [1, 2, 3] }]);
  assertEquals([after, second.got], ["after", ["second"]]);
});

Deno.test("Unaware is sent with what it holds, which is not told (T6)", () => {
  const point = new Point(1, 2);
  const copy = copyOf({
    quiet: new Unaware([point]),
    loud: new Point(1, 1),
  }) as {
    quiet: Unaware<Point[]>;
    loud: Point;
  };
  assertEquals(copy.quiet instanceof Unaware, true);
  assertEquals(copy.quiet.value[0]!.told, []);
  assertEquals(copy.loud.told.length, 1);
  assertThrows(
    () => copyOf({ a: new Unaware({ b: () => {} }) }),
    TypeError,
    "'a.value.b' is a function",
  );
});

Deno.test("aware() refuses what contains itself if it is made of its parts", () => {
  class Knot extends Plain {
    inner: unknown = this;
  }
  aware(url, Knot, {
    take: (knot) => ({ inner: knot.inner }),
    make: ({ inner }) => Object.assign(new Knot(), { inner }),
  });
  assertThrows(() => copyOf([new Knot()]), TypeError, "contains itself");
  const holder: unknown[] = [];
  holder.push(new Unaware(holder));
  assertEquals((copyOf(holder) as unknown[]).length, 1);
  const unaware = new Unaware<unknown[]>([]);
  unaware.value.push(unaware);
  assertThrows(() => copyOf(unaware), TypeError, "contains itself");
  // An error is sent all the same.
  const error = copyOf(new Error("x", { cause: new Knot() })) as Error;
  assertEquals(typeof error.cause, "string");
  const knot = new Knot();
  knot.inner = 1;
  assertEquals((copyOf([knot, knot]) as Knot[])[1]!.inner, 1);
});

Deno.test("encode() says of which classes each value is, whatever was sent before", () => {
  const point = new Point(1, 2);
  const values = [[point], [point, new Ring()], [new Ring()], [point]];
  for (const value of values) {
    const copy = copyOf(value) as object[];
    assertEquals(
      copy.map((each) => each.constructor),
      value.map((each) => each.constructor),
    );
  }
});

Deno.test("encode() forgets what it began to write of an error", () => {
  let calls = 0;
  class Moody extends Plain {}
  aware(url, Moody, {
    take: () => calls++ === 0 ? Symbol("no") as unknown as number : 1,
    make: () => new Moody(),
  });
  const moody = new Moody();
  const [error, first, second] = copyOf([
    new Error("x", { cause: moody }),
    moody,
    moody,
  ]) as [Error, Moody, Moody];
  assertEquals(typeof error.cause, "string");
  assertStrictEquals(first, second);
});

Deno.test("encode() names what is not portable in an instance", () => {
  const point = Object.assign(new Point(1, 2), { y: () => {} });
  assertThrows(() => copyOf([point]), TypeError, "'[0].y' is a function");
  const account = new Account({ bad: Symbol("x") } as unknown as Point);
  assertThrows(() => copyOf({ account }), TypeError, "'account.owner.bad' is");
});

Deno.test("encode() takes back what it wrote of an instance that it refuses", () => {
  const bytes = move(new Uint8Array(4));
  const bad = Object.assign(new Point(1, 2), { bytes, y: Symbol("x") });
  assertThrows(() => copyOf(bad), TypeError);
  assertEquals((copyOf(new Point(1, 2)) as Point).x, 1);
});

Deno.test("decode() sets no field through a setter of the class", () => {
  let calls = 0;
  class Watched extends Plain {
    set x(_value: number) {
      calls++;
    }
  }
  aware(url, Watched);
  const watched = new Watched();
  Object.defineProperty(watched, "x", { value: 1, enumerable: true });
  const copy = copyOf(watched) as { x: number };
  assertEquals([copy.x, calls], [1, 0]);
});

Deno.test("aware() refuses a class whose instances are more than their fields", () => {
  class Secret extends Plain {
    #x = 1;
    y(): number {
      return this.#x;
    }
  }
  class Hidden extends Plain {
    #f(): number {
      return 1;
    }
    y(): number {
      return this.#f();
    }
  }
  class Below extends Secret {}
  class List extends Array<number> {
    declare readonly "~sendable": true;
  }
  class Table extends Map<string, number> {
    declare readonly "~sendable": true;
  }
  class Oops extends Error {
    declare readonly "~sendable": true;
  }
  assertThrows(() => aware(url, Secret), TypeError, "'#x' is private");
  assertThrows(() => aware(url, Hidden), TypeError, "'#f' is private");
  assertThrows(() => aware(url, Below), TypeError, "'#x' is private");
  assertThrows(() => aware(url, List), TypeError, "Array is built in");
  assertThrows(() => aware(url, Table), TypeError, "Map is built in");
  assertThrows(() => aware(url, Oops), TypeError, "Error is built in");
});

Deno.test("aware() takes a class that only looks as if it had private fields", () => {
  class Texts extends Plain {
    color: string = "#fff";
    /* #no */
    static make(): Texts {
      Texts.#count++;
      return Texts.#new();
    }
    static #count = 0;
    static get #$a() {
      return 1;
    }
    static async *#b() {}
    static #new(): Texts {
      void [Texts.#$a, Texts.#b];
      return new Texts();
    }
    pattern(): RegExp {
      return /#abc/;
    }
    inner(): unknown {
      return new class {
        #x = 1;
        x = () => this.#x;
      }();
    }
  }
  aware(url, Texts);
  assertEquals((copyOf(Texts.make()) as Texts).color, "#fff");
});

Deno.test("aware() refuses arguments of other types, and what is registered", () => {
  // deno-lint-ignore no-explicit-any -- who has no types may give anything
  const untyped = aware as any;
  class Once extends Plain {}
  for (const bad of [undefined, 1, "", "point.ts"]) {
    assertThrows(() => untyped(bad, Once), TypeError, "'url'");
  }
  for (const bad of [undefined, null, 1, {}, () => {}]) {
    assertThrows(() => untyped(url, bad), TypeError, "'type'");
  }
  assertThrows(() => untyped(url, class {}), TypeError, "no name");
  assertThrows(() => untyped(url, Once, { skip: "x" }), TypeError, "'skip'");
  assertThrows(() => untyped(url, Once, { take() {} }), TypeError, "'make'");
  const both = { take: () => 1, make: () => new Once() };
  for (const fields of [{ skip: ["a"] }, { transient: ["a"] }]) {
    assertThrows(
      () => untyped(url, Once, { ...both, ...fields }),
      TypeError,
      "'take' says",
    );
  }
  aware(url, Once);
  assertThrows(() => aware(url, Once), TypeError, "registered already");
  const other = { Once: class extends Plain {} };
  assertThrows(
    () => aware(url, other.Once, { name: "Once" }),
    TypeError,
    "has that name",
  );
});

Deno.test("aware() sees that 'make' gives an instance of the class", () => {
  class Made extends Plain {}
  let gives: unknown = new Made();
  aware(url, Made, { take: () => 1, make: () => gives as Made });
  copyOf(new Made());
  for (const bad of [undefined, null, {}, new Plain()]) {
    gives = bad;
    assertThrows(() => copyOf(new Made()), TypeError, "'make' must return");
  }
});
