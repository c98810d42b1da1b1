import { assertEquals, assertStrictEquals } from "@std/assert";
import { ImportingAnswers } from "../../../workers/desk/importing_answers.ts";
import { CALL, ITEM, RESULT } from "../../../workers/mailbox/frame_kind.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";
import { frameOf } from "../../codec/support.ts";
import { Missing } from "../missing.ts";

const peer = {} as Peer;

interface Heard {
  readonly received: number[][];
  readonly rejected: [number, unknown][];
  readonly answers: ImportingAnswers;
}

/** Answers that are heard; those whose second word is among `missing` cannot be read. */
function hear(missing: Map<number, Missing>): Heard {
  const received: number[][] = [];
  const rejected: [number, unknown][] = [];
  const answers = new ImportingAnswers({
    receive: (from, kind, frame) => {
      if (answers.comesAfter(from, kind, frame)) return;
      const words = [...frame.words.subarray(frame.at, frame.end)];
      const lacks = missing.get(words[1]!);
      if (lacks !== undefined) return answers.import(from, kind, frame, lacks);
      received.push([kind, ...words]);
    },
    reject: (_from, number, reason) => rejected.push([number, reason]),
  });
  return { received, rejected, answers };
}

Deno.test("ImportingAnswers keeps what comes after an answer to the same call, in order", async () => {
  const [first, second] = [new Missing(), new Missing()];
  const missing = new Map([[10, first], [12, second]]);
  const { answers, received } = hear(missing);
  answers.import(peer, ITEM, frameOf(7, 10), first);
  assertEquals(answers.comesAfter(peer, ITEM, frameOf(7, 11)), true);
  assertEquals(answers.comesAfter(peer, ITEM, frameOf(8, 10)), false);
  assertEquals(answers.comesAfter(peer, ITEM, frameOf(7, 12)), true);
  assertEquals(answers.comesAfter(peer, RESULT, frameOf(7, 13)), true);
  assertEquals(answers.comesAfter(peer, CALL, frameOf(7, 13)), false);
  missing.delete(10);
  first.settled.resolve();
  await first.settled.promise;
  await null;
  assertEquals(received, [[ITEM, 7, 10], [ITEM, 7, 11]]);
  missing.delete(12);
  second.settled.resolve();
  await second.settled.promise;
  await null;
  assertEquals(received.slice(2), [[ITEM, 7, 12], [RESULT, 7, 13]]);
  assertEquals(answers.comesAfter(peer, ITEM, frameOf(7, 14)), false);
});

Deno.test("ImportingAnswers rejects a call whose module cannot be imported, and drops what came after", async () => {
  const lacks = new Missing();
  const { answers, received, rejected } = hear(new Map([[10, lacks]]));
  answers.import(peer, ITEM, frameOf(7, 10), lacks);
  answers.comesAfter(peer, ITEM, frameOf(7, 11));
  const error = new RangeError("no");
  lacks.settled.reject(error);
  await lacks.settled.promise.catch(() => {});
  await null;
  assertEquals([received.length, rejected.length], [0, 1]);
  assertEquals(rejected[0]![0], 7);
  assertStrictEquals(rejected[0]![1], error);
});

Deno.test("ImportingAnswers.refuse() rejects a call once, whatever is imported later", async () => {
  const lacks = new Missing();
  const { answers, received, rejected } = hear(new Map([[10, lacks]]));
  answers.import(peer, ITEM, frameOf(7, 10), lacks);
  assertEquals(answers.refuse(8), false);
  assertEquals(answers.refuse(7), true);
  assertEquals(answers.refuse(7), false);
  lacks.settled.resolve();
  await lacks.settled.promise;
  await null;
  assertEquals(received, []);
  assertStrictEquals(rejected[0]![1], lacks);
  assertEquals(rejected.length, 1);
});
