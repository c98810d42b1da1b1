import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  Desync,
  pipe,
  pipeIn,
  type PipeOptions,
  type PipeSource,
} from "../../desync/mod.ts";
import { add } from "./cases/jobs.ts";
import { Endless } from "./endless.ts";
import { rest } from "./rest.ts";

const timeout = 20_000;

Deno.test(
  "Pipe.readable takes a result when it is read, ends as the pipe does, and fails as it does",
  { timeout },
  async () => {
    const source = new Endless();
    const stream = pipe(new Desync(0), source, add, { depth: 2 }).readable;
    await rest();
    assertStrictEquals(source.read, 2);
    const reader = stream.getReader();
    assertEquals(await reader.read(), { done: false, value: 1 });
    await rest();
    assertStrictEquals(source.read, 3);
    await reader.cancel();
    assert(source.isReturned);

    const { readable } = pipe(
      new Desync(0),
      ["{}", "{"],
      (_, text) => JSON.parse(text),
    );
    await assertRejects(() => Array.fromAsync(readable), SyntaxError);
  },
);

Deno.test(
  "pipe() locks a stream until its end, and awaits promises of a list",
  { timeout },
  async () => {
    const stream = ReadableStream.from([1, 2]);
    const out = pipe(new Desync(0), stream, add);
    assert(stream.locked);
    assertThrows(() => pipe(new Desync(0), stream, add), TypeError);
    for await (const _ of out);
    assert(!stream.locked);
    const sums = [];
    const list = [Promise.resolve(1), Promise.resolve(2)];
    for await (
      const sum of pipe(
        new Desync(0),
        list,
        async (n, item) => n.value += await item,
      )
    ) {
      sums.push(sum);
    }
    assertEquals(sums, [1, 3]);
  },
);

Deno.test(
  "pipe() carries a file to another one, and pipeIn() the body of a request",
  { timeout },
  async () => {
    const [from, to] = [await Deno.makeTempFile(), await Deno.makeTempFile()];
    const bytes = Uint8Array.from({ length: 300_000 }, (_, k) => k * 7);
    try {
      await Deno.writeFile(from, bytes);
      const key = new Desync(1);
      using input = await Deno.open(from);
      const output = await Deno.open(to, { write: true });
      await pipe(
        key,
        input.readable,
        (k, chunk) => chunk.map((b) => b ^ k.value),
      )
        .readable.pipeTo(output.writable);
      assertEquals(await Deno.readFile(to), bytes.map((b) => b ^ 1));

      const received = new Desync(0);
      await using server = Deno.serve(
        { port: 0, onListen() {} },
        async (request) => {
          await pipeIn(received, request.body!, (n, chunk) => {
            n.value += chunk.length;
          });
          return new Response("ok");
        },
      );
      const response = await fetch(`http://localhost:${server.addr.port}`, {
        method: "POST",
        body: bytes,
      });
      assertStrictEquals(await response.text(), "ok");
      assertStrictEquals(received.sync((n) => n.value), bytes.length);
    } finally {
      await Deno.remove(from);
      await Deno.remove(to);
    }
  },
);

Deno.test(
  "Pipe.next() gives results in order to a source that asks for them itself",
  { timeout },
  async () => {
    let calls = 0;
    const results: Promise<IteratorResult<number>>[] = [];
    function ask(): void {
      const call = calls++; // another call may come in the middle of this one
      results[call] = out.next();
    }
    const source = new Endless();
    const out = pipe(
      new Desync(0),
      {
        [Symbol.asyncIterator]: () => ({
          next() {
            if (source.read > 3) ask();
            return source.next();
          },
        }),
      },
      (_, item: number) => item,
      { depth: 4 },
    );
    await rest();
    while (calls < 20) ask();
    const values = (await Promise.all(results)).map(({ value }) => value);
    assertEquals(values, values.map((_, k) => k + 1));
    await out.return();
  },
);

Deno.test(
  "Two pipes and other jobs share an object in order",
  { timeout },
  async () => {
    const object = new Desync<string[]>([]);
    const push = (list: { value: string[] }, item: string) =>
      list.value.push(item);
    const piped = pipeIn(object, ["a1", "a2"], push);
    const out = pipe(object, ["b1", "b2"], push);
    object.desync(push, "c");
    await piped;
    for await (const _ of out);
    const seen = object.sync((list) => list.value);
    assertEquals(seen.filter((text) => text[0] === "a"), ["a1", "a2"]);
    assertEquals(seen.filter((text) => text[0] === "b"), ["b1", "b2"]);
    assertStrictEquals(seen.length, 5);
  },
);

Deno.test("pipe() and pipeIn() refuse what they cannot use before they read anything", async () => {
  const object = new Desync(0);
  const source = new Endless();
  type Start = (
    source: PipeSource<number>,
    job: typeof add,
    options?: PipeOptions,
  ) => unknown;
  const starts: Start[] = [
    (...given) => pipe(object, ...given),
    (...given) => pipeIn(object, ...given),
  ];
  for (const start of starts) {
    for (const depth of [0, -1, 1.5, NaN, "5" as unknown as number]) {
      assertThrows(() => start(source, add, { depth }), RangeError);
    }
    const signal = {} as AbortSignal;
    assertThrows(() => start(source, add, { signal }), TypeError);
    const job = 1 as unknown as typeof add;
    assertThrows(() => start(source, job), TypeError);
    for (const none of [1, null, undefined, {}] as unknown as number[][]) {
      assertThrows(() => start(none, add), TypeError);
    }
  }
  assertStrictEquals(source.read, 0);
  await pipeIn(object, [1, 2], add, { depth: Infinity });
  assertStrictEquals(object.sync((n) => n.value), 3);
});
