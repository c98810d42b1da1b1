import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { AnswerReader, CutOff } from "../../../bench/load/answer_reader.ts";

const encoder = new TextEncoder();

/** Gives these bytes in pieces that end at these places, then nothing more, or an error. */
function source(
  text: string,
  { cuts = [], error }: { cuts?: readonly number[]; error?: Error } = {},
): { read(into: Uint8Array): Promise<number | null> } {
  const bytes = encoder.encode(text);
  const ends = [...cuts, bytes.length].sort((a, b) => a - b);
  let start = 0;
  return {
    read(into) {
      const end = ends.find((end) => end > start);
      if (end === undefined) {
        return error === undefined
          ? Promise.resolve(null)
          : Promise.reject(error);
      }
      const piece = bytes.subarray(start, Math.min(end, start + into.length));
      into.set(piece);
      start += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

const PLAIN =
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: a b\r\n\r\nhello";
const CHUNKED =
  "HTTP/1.1 503 Busy\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n" +
  "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
const EMPTY = "HTTP/1.0 204 None\r\n\r\n";

Deno.test("AnswerReader.next() reads one answer after the other, however its bytes come", async () => {
  const text = PLAIN + CHUNKED + EMPTY + PLAIN;
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(text.length)),
    async (cuts) => {
      const reader = new AnswerReader(source(text, { cuts }));
      const first = await reader.next();
      assertEquals([first.status, first.body, first.keepsOpen], [
        200,
        "hello",
        true,
      ]);
      assertEquals(first.headers.get("x-name"), "a b");
      const second = await reader.next();
      assertEquals([second.status, second.body, second.keepsOpen], [
        503,
        "abc0123456789abcdef",
        false,
      ]);
      const third = await reader.next();
      assertEquals([third.status, third.body, third.keepsOpen], [
        204,
        "",
        false,
      ]);
      assertEquals((await reader.next()).body, "hello");
      await assertRejects(() => reader.next(), CutOff);
    },
  ));
});

Deno.test("AnswerReader.next() tells that the connection ended, wherever in an answer", async () => {
  for (let length = 0; length < CHUNKED.length; length++) {
    for (const error of [undefined, new Deno.errors.ConnectionReset("gone")]) {
      const cut = source(CHUNKED.slice(0, length), error && { error });
      await assertRejects(() => new AnswerReader(cut).next(), CutOff);
    }
  }
});

Deno.test("AnswerReader.next() lets other errors through, and refuses what is no answer", async () => {
  const error = new RangeError("another one");
  await assertRejects(
    () => new AnswerReader(source("", { error })).next(),
    RangeError,
  );
  await assertRejects(
    () => new AnswerReader(source("SSH-2.0\r\n\r\n")).next(),
    Error,
    "SSH",
  );
});

Deno.test("AnswerReader.next() reads bodies that are larger than what it has room for", async () => {
  const body = "é".repeat(100_000);
  const { length } = encoder.encode(body);
  const text = `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${body}`;
  assertEquals((await new AnswerReader(source(text)).next()).body, body);
});
