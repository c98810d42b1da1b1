import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import {
  CorruptFrameError,
  decode,
  decodeArguments,
  encode,
  type Reader,
  Writer,
} from "../../../codec/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { Answers } from "../../../workers/host/answers.ts";
import { Fabric } from "../../../workers/fabric/fabric.ts";
import { readFault } from "../../../workers/life/fault.ts";
import {
  CALL,
  FAILURE,
  FAULT,
  INTRODUCE,
  INTRODUCED,
  RELEASE,
} from "../../../workers/mailbox/frame_kind.ts";
import {
  Mailbox,
  type MailboxOptions,
} from "../../../workers/mailbox/mailbox.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";
import * as tags from "../../../codec/tag.ts";

const timeout = 60_000;
const PLAIN = 99;

/** Two mailboxes on this thread: what one sends, the other one reads at once. */
class Pair implements Disposable {
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly received: unknown[] = [];
  readonly failures: unknown[] = [];

  constructor() {
    const fabric = Fabric.allocate(3);
    for (const slot of [0, 1]) fabric.occupy(slot, currentThread().id);
    const make = (slot: number, receive: MailboxOptions["receive"]) =>
      new Mailbox(fabric, {
        slot,
        callerOf: () => () => {},
        receive,
        replaced: () => {},
        serves: false,
        hears: false,
      });
    this.from = make(0, (_from, kind, frame) => {
      const number = frame.word();
      if (kind === FAILURE) this.failures.push([number, decode(frame)]);
    });
    this.to = make(1, (from, kind, frame) => this.#receive(from, kind, frame));
    this.answers = new Answers(this.to, () => false);
    const { port1, port2 } = new MessageChannel();
    this.from.peer(1).side.connect(port1);
    this.to.peer(0).side.connect(port2);
  }

  readonly answers: Answers;

  #receive(from: Peer, kind: number, frame: Reader): void {
    const number = frame.word();
    if (kind === FAULT) readFault(frame);
    if (kind !== CALL && kind !== PLAIN) return;
    try {
      this.received.push([kind, decodeArguments(frame)]);
    } catch (error) {
      this.answers.error(from, number, error);
    }
  }

  /** Sends words as they are, and reads what came of all that was sent. */
  send(kind: number, words: readonly number[]): void {
    const out = new Writer(4 * words.length);
    for (const word of words) out.word(word);
    this.from.send(1, kind, out);
    this.from.flush();
    this.to.drain();
    this.from.drain();
  }

  [Symbol.dispose](): void {
    this.from.close();
    this.to.close();
  }
}

Deno.test("a mailbox reads on after frames that are corrupt (property)", {
  timeout,
}, () => {
  const words = fc.oneof(
    fc.constantFrom(...Object.values(tags)),
    fc.nat(4),
    fc.constantFrom(-1, 0x7fffffff, -0x80000000),
    fc.integer(),
  );
  using pair = new Pair();
  fc.assert(
    fc.property(
      fc.constantFrom(CALL, FAULT, INTRODUCE, INTRODUCED, RELEASE, 0, 77),
      fc.array(words, { maxLength: 16 }),
      (kind, all) => {
        pair.send(kind, all);
        pair.received.length = 0;
        pair.send(PLAIN, [7, (5 << 8) | tags.SMALL]);
        assertEquals(pair.received, [[PLAIN, [5]]]);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test(
  "a call whose values are corrupt is answered with a CorruptFrameError",
  {
    timeout,
  },
  () => {
    using pair = new Pair();
    pair.send(CALL, [5, 255]);
    pair.send(CALL, [6, tags.SHARED_BUFFER]);
    pair.send(CALL, [7, tags.MOVED]);
    assertEquals(pair.failures.map((failure) => (failure as [number])[0]), [
      5,
      6,
      7,
    ]);
    for (const [, error] of pair.failures as [number, unknown][]) {
      assertInstanceOf(error, CorruptFrameError);
    }
  },
);

Deno.test("frames of many parts carry attachments", { timeout }, async () => {
  const { loadTaker } = await import("../../../codec/take_message.ts");
  await loadTaker();
  using pair = new Pair();
  const out = new Writer();
  out.clear();
  out.word(1);
  const shared = new SharedArrayBuffer(8);
  const large = new Uint8Array(2 ** 20).fill(3);
  encode(out, [large, shared], "value");
  pair.from.send(1, PLAIN, out);
  for (let k = 0; k < 40 && pair.received.length === 0; k++) {
    pair.from.drain();
    pair.to.drain();
  }
  const [[, [[bytes, buffer]]]] = pair.received as [
    [number, [[Uint8Array, SharedArrayBuffer]]],
  ];
  assertEquals([bytes.length, bytes[2 ** 20 - 1]], [2 ** 20, 3]);
  new Int32Array(buffer)[0] = 9;
  assert(new Int32Array(shared)[0] === 9);
});
