import {
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { decode, encode, portableCodec, Writer } from "../../codec/mod.ts";
import { Identities } from "../../codec/identities.ts";
import { Mutex, Oneshot } from "../../sync/mod.ts";
import * as tags from "../../codec/tag.ts";
import { assertSameGraph } from "./same_graph.ts";
import {
  assertCorrupt,
  copiesOf,
  copyOf,
  encoded,
  frameOf,
  readerOf,
} from "./support.ts";

/** A node of a graph: what it is, and to which others it leads. */
interface Node {
  readonly kind: number;
  readonly links: readonly number[];
}

const graphs: fc.Arbitrary<readonly Node[]> = fc.array(
  fc.record({ kind: fc.nat(8), links: fc.array(fc.nat(), { maxLength: 4 }) }),
  { minLength: 1, maxLength: 40, size: "max" },
);

/** Makes the objects of a graph; any may lead to any, itself included. */
function build(nodes: readonly Node[]): object[] {
  const objects = nodes.map(({ kind }, k): object =>
    [
      () => [k],
      () => ({ k }),
      () => Object.assign(Object.create(null), { k }),
      () => new Map<unknown, unknown>([["k", k]]),
      () => new Set<unknown>([k]),
      () => new Error(`error ${k}`),
      () => new Date(k),
      () => Uint8Array.of(k),
      () => ({ k, name: `node ${k}` }),
    ][kind]!()
  );
  for (const [k, { links }] of nodes.entries()) {
    const from = objects[k]!;
    for (const [j, link] of links.entries()) {
      const to = objects[link % objects.length]!;
      if (Array.isArray(from)) from.push(to);
      else if (from instanceof Map) from.set(j % 2 === 0 ? to : j, to);
      else if (from instanceof Set) from.add(to);
      else if (from instanceof Error) setCause(from, to);
      else if (!(from instanceof Date) && !(from instanceof Uint8Array)) {
        Object.assign(from, { [`link${j}`]: to });
      }
    }
  }
  return objects;
}

/** As the constructor does it: not to be enumerated. */
function setCause(error: Error, value: unknown): void {
  Object.defineProperty(error, "cause", {
    value,
    configurable: true,
    writable: true,
  });
}

/** Whether errors stand in errors so deep that they are put in words. */
function isTooDeep(nodes: readonly Node[]): boolean {
  return nodes.filter(({ kind }) => kind === 5).length > 7;
}

Deno.test("decode() gives the graph that encode() took (property)", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(graphs, (nodes) => {
      fc.pre(!isTooDeep(nodes));
      const objects = build(nodes);
      assertSameGraph(copyOf(objects), objects);
      assertSameGraph(copyOf(objects[0]), objects[0]);
    }),
    { numRuns: 600 },
  );
});

Deno.test(
  "decodeArguments() keeps what is the same in two arguments (property)",
  {
    timeout: 60_000,
  },
  () => {
    fc.assert(
      fc.property(graphs, fc.array(fc.nat()), (nodes, picks) => {
        fc.pre(!isTooDeep(nodes));
        const objects = build(nodes);
        const args = [
          1,
          "two",
          ...picks.map((k) => objects[k % objects.length]),
        ];
        const copies = copiesOf(args, 16);
        assertEquals(copies.length, args.length);
        assertSameGraph(copies, args);
      }),
      { numRuns: 300 },
    );
  },
);

Deno.test("decode() gives what contains itself", () => {
  const object: Record<string, unknown> = { name: "root" };
  object["list"] = [object, { object }];
  const copy = copyOf(object) as { list: [unknown, { object: unknown }] };
  assertStrictEquals(copy.list[0], copy);
  assertStrictEquals(copy.list[1].object, copy);
  const map = new Map<unknown, unknown>();
  map.set(map, [map]);
  const mapCopy = copyOf(map) as typeof map;
  assertStrictEquals((mapCopy.get(mapCopy) as unknown[])[0], mapCopy);
});

Deno.test("encode() takes what has exponentially many paths", {
  timeout: 5000,
}, () => {
  let value: unknown = ["leaf"];
  for (let k = 0; k < 200; k++) value = { left: value, right: value };
  let copy = copyOf(value) as { left: unknown; right: unknown };
  for (let k = 0; k < 199; k++) {
    assertStrictEquals(copy.left, copy.right);
    copy = copy.left as typeof copy;
  }
  // ... and refuses it as fast.
  let bad: unknown = () => {};
  for (let k = 0; k < 200; k++) bad = { left: bad, right: bad };
  assertThrows(() => copyOf(bad), TypeError);
});

Deno.test("decode() gives an object in shared memory once", () => {
  const mutex = new Mutex();
  const [a, { b }, other] = copyOf([
    mutex,
    { b: mutex },
    Mutex.from(mutex.handle),
  ], {
    shared: true,
  }) as [Mutex, { b: Mutex }, Mutex];
  assertStrictEquals(a, b);
  assertNotStrictEquals(a, other);
  const sender = new Oneshot("i32").sender();
  const senders = copyOf([sender, sender], { shared: true }) as unknown[];
  assertStrictEquals(senders[0], senders[1]);
});

Deno.test("encode() writes nothing of identities where nothing occurs twice", () => {
  const { words } = encoded([{ a: [1] }, { a: [1] }]);
  assertEquals(words[0]! & 0xff, tags.ARRAY);
  const twice = [1];
  assertEquals(encoded([twice, twice]).words[0], tags.GRAPH);
});

Deno.test("encode() knows nothing of a value that it wrote before", () => {
  const out = new Writer();
  const value = { a: 1 };
  encode(out, [value, value], "value");
  encode(out, value, "value");
  assertThrows(() => encode(out, [value, () => {}], "value"), TypeError);
  encode(out, [value], "value");
  const reader = readerOf(out);
  const [first, second, third] = [
    decode(reader) as unknown[],
    decode(reader),
    decode(reader),
  ];
  assertStrictEquals(first[0], first[1]);
  assertEquals([second, third], [value, [value]]);
  assertNotStrictEquals(second, first[0]);
});

Deno.test("encode() forgets what it met in a property that is put in words", () => {
  const kept = { kept: true };
  const lost = { lost: true };
  const error = Object.assign(new Error("x"), {
    first: [kept, lost, () => {}],
    second: kept,
    third: { kept, lost },
  });
  const copy = copyOf([error, kept, lost]) as [
    { first: unknown; second: unknown; third: { lost: unknown } },
    unknown,
    unknown,
  ];
  assertEquals(typeof copy[0].first, "string");
  assertEquals([copy[1], copy[2]], [kept, lost]);
  assertStrictEquals(copy[0].second, copy[1]);
  assertStrictEquals(copy[0].third.lost, copy[2]);
});

Deno.test("decode() refuses references to objects that are not there", () => {
  const { GRAPH, REPEAT, ARRAY, OBJECT, SET, KIND, SHARED_OBJECT } = tags;
  for (
    const words of [
      [REPEAT],
      [GRAPH, REPEAT],
      [GRAPH, ARRAY, 1, REPEAT | (1 << 8)],
      [GRAPH, OBJECT, 1, REPEAT, REPEAT],
      [ARRAY, 2, ARRAY, 0, REPEAT],
      [GRAPH, GRAPH, ARRAY, 0],
      [ARRAY, 1, GRAPH],
      [GRAPH],
      [GRAPH, SET, 1, REPEAT | (0xffffff << 8)],
      [GRAPH, KIND | (99 << 8), REPEAT],
      [GRAPH, SHARED_OBJECT, 0, 0, 0, REPEAT],
    ]
  ) {
    const frame = frameOf(...words);
    frame.buffers = [new SharedArrayBuffer(256)];
    assertCorrupt(frame);
  }
});

Deno.test("portableCodec() keeps identities within a message", () => {
  const codec = portableCodec<unknown>();
  const twice = { a: 1 };
  const [a, b] = codec.decode(
    codec.encode([twice, twice]).slice(),
  ) as unknown[];
  assertStrictEquals(a, b);
  assertNotStrictEquals(codec.decode(codec.encode(twice).slice()), a);
});

Deno.test("Identities does what a list does (property)", () => {
  const pool = Array.from({ length: 40 }, () => ({}));
  const steps = fc.oneof(
    { weight: 8, arbitrary: fc.record({ add: fc.nat(39) }) },
    fc.record({ back: fc.nat() }),
    fc.record({ forget: fc.nat(39) }),
    fc.constant({ clear: true }),
  );
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 120, size: "max" }), (all) => {
      const identities = new Identities();
      let model: object[] = [];
      for (const step of all) {
        if ("add" in step) {
          const object = pool[step.add]!;
          const place = model.indexOf(object);
          assertEquals(identities.add(object), place);
          if (place < 0) model.push(object);
        } else if ("back" in step) {
          const size = step.back % (model.length + 1);
          identities.goBack(size);
          model = model.slice(0, size);
        } else if ("forget" in step) {
          const object = pool[step.forget]!;
          identities.forget(object);
          if (model.at(-1) === object) model.pop();
        } else {
          identities.clear();
          model = [];
        }
        assertEquals(identities.size, model.length);
      }
    }),
    { numRuns: 500 },
  );
});
