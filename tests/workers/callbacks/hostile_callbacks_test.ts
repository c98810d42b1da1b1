import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CorruptFrameError, Reader } from "../../../codec/reader.ts";
import { Writer } from "../../../codec/writer.ts";
import { encodeGiven } from "../../../workers/desk/encode_given.ts";
import type { CallbackSource } from "../../../workers/callbacks/callback.ts";
import { ThreadCallbacks } from "../../../workers/callbacks/thread_callbacks.ts";
import {
  CALLBACK,
  CALLED,
  HANDLED,
  WANTED,
} from "../../../workers/mailbox/frame_kind.ts";
import type { Mailbox } from "../../../workers/mailbox/mailbox.ts";
import type { Peer } from "../../../workers/mailbox/peer.ts";

/** As much of a mailbox as callbacks use. */
function fakes(): { mailbox: Mailbox; peer: Peer; sent: number[] } {
  const sent: number[] = [];
  const peer = { slot: 1, context: undefined, release: () => {} };
  const mailbox = {
    blocks: false,
    peer: () => peer,
    answer: (_to: Peer, kind: number, _out: Writer) => sent.push(kind),
    expectations: { expect: () => {}, expectLess: () => {} },
    wait: () => {},
  };
  return {
    mailbox: mailbox as unknown as Mailbox,
    peer: peer as unknown as Peer,
    sent,
  };
}

Deno.test("callbacks take any frame for what it is, and go on", async () => {
  await fc.assert(fc.asyncProperty(
    fc.constantFrom(CALLBACK, CALLED, HANDLED, WANTED),
    fc.array(
      fc.oneof(fc.integer({ min: -1, max: 3 }), fc.integer()),
      { maxLength: 6 },
    ),
    async (kind, words) => {
      const { mailbox, peer, sent } = fakes();
      const callbacks = new ThreadCallbacks({ mailbox, blocks: () => false });
      const { given } = callbacks;
      let count = 0;
      const source = {
        fn: () => void count++,
        keep: true,
        isReleased: false,
        onRelease: new Set<() => void>(),
      };
      const id = given.give(source);
      const frame = Reader.of(new Uint8Array(Int32Array.from(words).buffer));
      try {
        assert(callbacks.receive(peer, kind, frame));
      } catch (error) {
        assert(error instanceof CorruptFrameError);
      }
      const before = count;
      const good = Reader.of(new Uint8Array(Int32Array.of(7, id, 0).buffer));
      callbacks.receive(peer, CALLBACK, good);
      await Promise.resolve();
      assertEquals(count, before + 1);
      assertEquals(sent.at(-1), CALLED);
      callbacks.close();
    },
  ));
});

function sourceOf(keep: boolean) {
  const onRelease = new Set<() => void>();
  return { fn: () => 1, keep, isReleased: false, onRelease };
}

Deno.test("callbacks are not known that were among arguments which cannot be sent", () => {
  const { mailbox } = fakes();
  const callbacks = new ThreadCallbacks({ mailbox, blocks: () => false });
  const { given } = callbacks;
  const sources = [sourceOf(false), sourceOf(true)];
  const ids: number[] = [];
  assertThrows(
    () =>
      encodeGiven(callbacks, {}, new Writer(), sources, (_out, sources) => {
        for (const source of sources) {
          ids.push(given.give(source as CallbackSource));
        }
        throw new RangeError("too far");
      }),
    RangeError,
  );
  assertEquals(ids.map((id) => given.of(id)), [undefined, undefined]);
  assertEquals(sources.map(({ onRelease }) => onRelease.size), [0, 0]);
  callbacks.close();
});

Deno.test("a callback is no longer known once that has ended which it was given to", () => {
  const { mailbox } = fakes();
  const callbacks = new ThreadCallbacks({ mailbox, blocks: () => false });
  const { given } = callbacks;
  const source = sourceOf(false);
  const former = given.begin();
  const id = given.give(source);
  const takeBack = given.end(former, { label: "task" });
  assertEquals(given.of(id)?.receiver?.label, "task");
  takeBack?.();
  assertEquals([given.of(id), source.onRelease.size], [undefined, 0]);
  callbacks.close();
});
