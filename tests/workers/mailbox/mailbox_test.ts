import { assertEquals } from "@std/assert";
import { Writer } from "../../../codec/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { Fabric } from "../../../workers/fabric/fabric.ts";
import { Mailbox } from "../../../workers/mailbox/mailbox.ts";

/** A thread that sleeps, and one that sends to it: both are this one. */
class Pair implements Disposable {
  readonly sleeper: Mailbox;
  readonly sender: Mailbox;
  /** How often the sender called the sleeper: by nothing that reaches it. */
  calls = 0;
  readonly received: number[] = [];

  constructor() {
    const fabric = Fabric.allocate(2);
    for (const slot of [0, 1]) fabric.occupy(slot, currentThread().id);
    const make = (slot: number, call: () => void) =>
      new Mailbox(fabric, {
        slot,
        callerOf: () => call,
        receive: (_, kind) => this.received.push(kind),
        replaced: () => {},
        serves: false,
        hears: false,
      });
    this.sleeper = make(0, () => {});
    this.sender = make(1, () => this.calls++);
  }

  send(kind: number): void {
    const out = new Writer(4);
    out.word(0);
    this.sender.send(0, kind, out);
    this.sender.flush();
  }

  [Symbol.dispose](): void {
    this.sleeper.close();
    this.sender.close();
  }
}

/** Both have nothing to do any more, and sleep. */
function asleep(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("Mailbox.rescue() wakes a thread whose caller was lost before it called", async () => {
  using pair = new Pair();
  await asleep();
  pair.send(70);
  await asleep();
  assertEquals([pair.received, pair.calls], [[], 1]);
  pair.sleeper.rescue();
  await asleep();
  assertEquals(pair.received, [70]);
  pair.send(71);
  assertEquals(pair.calls, 2);
});

Deno.test("Mailbox.drain() lets nobody sleep on whose caller was lost", async () => {
  using pair = new Pair();
  await asleep();
  pair.send(70);
  pair.sleeper.drain();
  assertEquals(pair.received, [70]);
  await asleep();
  pair.send(71);
  assertEquals(pair.calls, 2);
});

Deno.test("Mailbox.rescue() leaves a thread asleep that nobody called", async () => {
  using pair = new Pair();
  await asleep();
  pair.sleeper.rescue();
  pair.send(70);
  assertEquals(pair.calls, 1);
});
