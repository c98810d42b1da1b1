/**
 * Model tests of the doorbell, and of ring and doorbell together as peers use
 * them: the peers and the fabric are the library's own, with rings of 64 bytes.
 * Bounds: all interleavings of two and three threads; where `preemptions` is
 * given, within so many of them.
 */

import { assert, assertEquals } from "@std/assert";
import { Writer } from "../../codec/writer.ts";
import { Doorbell, type SleepKind } from "../../sync/mail/doorbell.ts";
import { Fabric, type FabricHandle } from "../../workers/fabric/fabric.ts";
import { Peer } from "../../workers/mailbox/peer.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

interface Module {
  readonly Doorbell: typeof Doorbell;
  readonly Peer: typeof Peer;
}
const ORIGINAL: Module = { Doorbell, Peer };

/** The slot of the thread that reads. */
const READER = 0;
const KIND = 7;

/** Slots with the smallest rings: two long frames fill one. */
function fabric(slots: number): FabricHandle {
  const ringCapacity = 64;
  // Frames lie in pages: one for who is there, one for each mailbox.
  const buffer = new SharedArrayBuffer(4096 * (slots + 1));
  const made = new Fabric({
    id: "model",
    lives: "model",
    buffer,
    slots,
    ringCapacity,
  });
  for (let slot = 0; slot < slots; slot++) made.occupy(slot, 1024 + slot);
  return made.handle;
}

/** A frame of 24 bytes that begins with a number, and goes on from there. */
function frame(number: number): Writer {
  const out = new Writer(24);
  for (let k = 0; k < 6; k++) out.word(number + k);
  return out;
}

/**
 * The messages to a thread: how many there were. They stand in the page that tells
 * who has which slot, behind all slots.
 */
function messages({ buffer }: FabricHandle, slot: number): Int32Array {
  return new Int32Array(buffer, 2048 + 128 * slot, 1);
}

/** Sends a message that says nothing, as `postMessage` does. */
function call(handle: FabricHandle, slot: number): void {
  Atomics.add(messages(handle, slot), 0, 1);
  Atomics.notify(messages(handle, slot), 0);
}

/** No frame of these tests has anything that travels beside it. */
const NOTHING_BESIDE = {
  open: (): never => {
    throw new Error("Cannot open port in the model");
  },
  release: () => {},
  resume: () => {},
  blocks: false,
};

/** What a thread does in its turns: it takes mail and uses room. */
class Owner {
  readonly bell: Doorbell;
  readonly peers: readonly (Peer | undefined)[];
  readonly taken: number[] = [];

  constructor(
    handle: FabricHandle,
    slot: number,
    module: Module,
    callsByMessage: boolean = true,
  ) {
    const shared = new Fabric(handle);
    this.bell = new module.Doorbell(shared.doorbell(slot), shared.slots);
    this.peers = Array.from(
      { length: shared.slots },
      (_, other) =>
        other === slot || (slot !== READER && other !== READER)
          ? undefined
          : new module.Peer(shared, slot, other, {
            sides: NOTHING_BESIDE,
            call: callsByMessage ? () => call(handle, other) : undefined,
          }),
    );
  }

  /** Takes all that is there. Returns whether there was anything. */
  turn(slot: number): boolean {
    const mail = this.bell.visitMail((from) => {
      const peer = this.peers[from]!;
      while (peer.next() === KIND) {
        const number = peer.frame.word();
        for (let k = 1; k < 6; k++) assertEquals(peer.frame.word(), number + k);
        this.taken.push(number);
      }
      peer.release();
    });
    const room = this.bell.visitRoom((from) => this.publish(slot, from));
    return mail || room;
  }

  publish(slot: number, to: number): void {
    const peer = this.peers[to]!;
    peer.publish();
    peer.bell.ringForMail(slot);
  }
}

/** `"hearing"`: away, and called through the doorbell instead of by messages. */
type Sleep = SleepKind | "hearing";

/** Sends frames; sleeps on its own bell while some of them wait for room. */
function sends(slot: number, count: number, module: Module, sleep: Sleep) {
  return (handle: FabricHandle): number[] => {
    const owner = new Owner(handle, slot, module, sleep !== "hearing");
    const peer = owner.peers[READER]!;
    for (let k = 0; k < count; k++) {
      peer.stage(KIND, frame(100 * slot + 10 * k));
      owner.publish(slot, READER);
    }
    while (peer.waiting > 0) {
      if (owner.turn(slot)) continue;
      if (owner.bell.arm("blocked")) owner.bell.sleep(Infinity);
      owner.bell.disarm();
    }
    return owner.taken;
  };
}

/** Takes as many frames, and sleeps while there is none. */
function receives(count: number, module: Module) {
  return (handle: FabricHandle): number[] => {
    const owner = new Owner(handle, READER, module);
    while (owner.taken.length < count) {
      if (owner.turn(READER)) continue;
      if (owner.bell.arm("blocked")) owner.bell.sleep(Infinity);
      owner.bell.disarm();
    }
    return owner.taken;
  };
}

/**
 * The same in an event loop, where the owner has to be called. With `restless`
 * something else wakes it at any moment: a call can then come while it is awake.
 */
function receivesAway(count: number, module: Module, restless: boolean) {
  return async (handle: FabricHandle, thread: ModelThread) => {
    const owner = new Owner(handle, READER, module);
    const { bell } = owner;
    const inbox = messages(handle, READER);
    let other = Promise.withResolvers<void>();
    if (restless) {
      thread.signal().addEventListener("abort", () => other.resolve());
    }
    let seen = 0;
    while (owner.taken.length < count) {
      if (owner.turn(READER)) continue;
      if (bell.arm("away")) {
        const message = Atomics.waitAsync(inbox, 0, seen);
        if (message.async) await Promise.race([message.value, other.promise]);
        other = Promise.withResolvers<void>();
        seen = Atomics.load(inbox, 0);
      }
      bell.disarm();
    }
    return owner.taken;
  };
}

/** The same, called through the doorbell: one call is awaited for many sleeps. */
function receivesHearing(count: number, module: Module, restless: boolean) {
  return async (handle: FabricHandle, thread: ModelThread) => {
    const owner = new Owner(handle, READER, module, false);
    const { bell } = owner;
    let other = Promise.withResolvers<void>();
    if (restless) {
      thread.signal().addEventListener("abort", () => other.resolve());
    }
    let call: Promise<void> | undefined;
    while (owner.taken.length < count) {
      if (owner.turn(READER)) continue;
      if (call === undefined) {
        const called = bell.called();
        if (called === undefined) continue;
        call = called.then(() => {
          call = undefined;
        });
      }
      if (bell.arm("away")) {
        await Promise.race([call, other.promise]);
        other = Promise.withResolvers<void>();
      }
      bell.disarm();
    }
    return owner.taken;
  };
}

interface MailOptions {
  readonly sleep?: Sleep;
  readonly restless?: boolean;
  readonly module?: Module;
  readonly preemptions?: number;
}

/** Each sender sends so many frames, all of which arrive in order. */
function mail(
  counts: readonly number[],
  options: MailOptions = {},
): Program<FabricHandle> {
  const { sleep = "blocked", restless = false, module = ORIGINAL } = options;
  const all = counts.reduce((a, b) => a + b);
  return {
    setup: () => fabric(counts.length + 1),
    threads: [
      sleep === "blocked"
        ? receives(all, module)
        : sleep === "away"
        ? receivesAway(all, module, restless)
        : receivesHearing(all, module, restless),
      ...counts.map((count, k) => sends(k + 1, count, module, sleep)),
    ],
    check: (_, [taken]) => {
      counts.forEach((count, k) => {
        const from = (taken as number[]).filter((number) =>
          Math.floor(number / 100) === k + 1
        );
        const sent = Array.from(
          { length: count },
          (_, n) => 100 * (k + 1) + 10 * n,
        );
        assertEquals(from, sent);
      });
    },
    preemptions: options.preemptions ?? Infinity,
  };
}

/** Explores all of a program. */
async function holds<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

Deno.test("Doorbell: nobody sleeps while there is mail", async () => {
  await holds(mail([1]));
  await holds(mail([2]));
  await holds(mail([1, 1]));
});

Deno.test("Doorbell: an owner that is away is called when there is mail", async () => {
  for (const restless of [false, true]) {
    await holds(mail([1], { sleep: "away", restless }));
    await holds(mail([2], { sleep: "away", restless }));
  }
  await holds(mail([1, 1], { sleep: "away", preemptions: 1 }));
  await holds(
    mail([1, 1], { sleep: "away", restless: true, preemptions: 0 }),
  );
});

Deno.test("Doorbell.called() resolves for an owner that is away when there is mail", async () => {
  for (const restless of [false, true]) {
    await holds(mail([1], { sleep: "hearing", restless }));
    await holds(
      mail([2], { sleep: "hearing", restless, preemptions: restless ? 2 : 3 }),
    );
  }
  await holds(mail([1, 1], { sleep: "hearing", preemptions: 1 }));
  await holds(
    mail([1, 1], { sleep: "hearing", restless: true, preemptions: 0 }),
  );
});

Deno.test("Doorbell: nobody sleeps while there is room", async () => {
  // The third frame does not fit.
  await holds(mail([3], { preemptions: 2 }));
  await holds(mail([4], { preemptions: 2 }));
  await holds(mail([3], { sleep: "away", preemptions: 2 }));
  await holds(
    mail([3], { sleep: "away", restless: true, preemptions: 1 }),
  );
  await holds(mail([3, 1], { preemptions: 1 }));
});

/** A doorbell with mistakes, also for the peers. */
async function brokenBell(...edits: Edit[]): Promise<Module> {
  const bell = await mutant<Pick<Module, "Doorbell">>(
    "sync/mail/doorbell.ts",
    edits,
  );
  return {
    ...bell,
    Peer: await brokenPeer([], { "sync/mail/doorbell.ts": edits }),
  };
}

async function brokenPeer(
  edits: Edit[],
  imported: Record<string, Edit[]> = {},
): Promise<typeof Peer> {
  const module = await mutant<Pick<Module, "Peer">>(
    "workers/mailbox/peer.ts",
    edits,
    imported,
  );
  return module.Peer;
}

Deno.test("Doorbell: the checker finds a ring that looks whether the owner sleeps too early", async () => {
  const module = await brokenBell([
    `Atomics.or(this.#words, word, bit);
    const state = Atomics.load(this.#words, STATE);`,
    `const state = Atomics.load(this.#words, STATE);
     Atomics.or(this.#words, word, bit);`,
  ]);
  for (const sleep of ["blocked", "away"] as const) {
    await refuses("deadlock", mail([1], { module, sleep }));
  }
});

Deno.test("Doorbell: the checker finds an arm() without a second look", async () => {
  const module = await brokenBell([
    "if (!this.rung) return true;",
    "return true;",
  ]);
  for (const sleep of ["blocked", "away"] as const) {
    await refuses("deadlock", mail([1], { module, sleep }));
  }
});

Deno.test("Doorbell: the checker finds a ring that does not wake who sleeps", async () => {
  const mute = await brokenBell([
    "if (state === BLOCKED) Atomics.notify(this.#words, STATE);",
    "if (state === BLOCKED) return;",
  ]);
  await refuses("deadlock", mail([1], { module: mute }));
  const silent = await brokenBell(["this.#call();", ";"]);
  await refuses("deadlock", mail([1], { module: silent, sleep: "away" }));
});

Deno.test("Doorbell: the checker finds a ringer that leaves the calling to another one", async () => {
  // Both find the owner away, and each thinks that the other one calls.
  const module = await brokenBell([
    `Atomics.compareExchange(this.#words, STATE, state, AWAKE) !== state
    ) return;`,
    `Atomics.exchange(this.#words, STATE, AWAKE) === state
    ) return;`,
  ]);
  await refuses("deadlock", mail([1], { module, sleep: "away" }));
});

Deno.test("Doorbell: the checker finds a call through the doorbell that says nothing", async () => {
  const silent = await brokenBell([
    "Atomics.notify(this.#words, CALLED);",
    "",
  ]);
  await refuses("deadlock", mail([1], { module: silent, sleep: "hearing" }));
});

Deno.test("Doorbell: the checker finds an owner that listens only after it has armed", async () => {
  // Between the two somebody calls, and nobody hears it.
  const program = mail([1], { sleep: "hearing" });
  const deaf = async (handle: FabricHandle) => {
    const owner = new Owner(handle, READER, ORIGINAL, false);
    while (owner.taken.length < 1) {
      if (owner.turn(READER)) continue;
      if (owner.bell.arm("away")) await owner.bell.called();
      owner.bell.disarm();
    }
    return owner.taken;
  };
  await refuses("deadlock", {
    ...program,
    threads: [deaf, program.threads[1]!],
  });
});

Deno.test("Doorbell: the checker finds a visit that forgets who rang meanwhile", async () => {
  const module = await brokenBell([
    "if ((Atomics.and(this.#words, bitmap + w, ~bit) & bit) === 0) continue;",
    `const all = Atomics.load(this.#words, bitmap + w);
     Atomics.store(this.#words, bitmap + w, all & ~bit);`,
  ]);
  await refuses("deadlock", mail([1, 1], { module }));
});

Deno.test("Doorbell: the checker finds a visit that forgets only after it has looked", async () => {
  const module = await brokenBell(
    [
      "if ((Atomics.and(this.#words, bitmap + w, ~bit) & bit) === 0) continue;",
      "",
    ],
    [
      "visitor(32 * w + 31 - Math.clz32(bit));",
      `visitor(32 * w + 31 - Math.clz32(bit));
       Atomics.and(this.#words, bitmap + w, ~bit);`,
    ],
  );
  await refuses("deadlock", mail([2], { module }));
});

Deno.test("Peer.publish(): the checker finds a producer that starves only after its last look", async () => {
  const Peer = await brokenPeer([[
    "outlet.starve();\n      if (!this.#stageNext()) return;",
    "if (!this.#stageNext()) return outlet.starve();",
  ]]);
  await refuses(
    "deadlock",
    mail([3], { module: { Doorbell, Peer }, preemptions: 2 }),
  );
});

Deno.test("FrameRingConsumer.release(): the checker finds a look at the producer before the head is stored", async () => {
  const Peer = await brokenPeer([], {
    "sync/queue/frame_ring.ts": [
      [
        "return this.free() && Atomics.load(this.#control, STARVED) === 1 &&",
        `const starved = Atomics.load(this.#control, STARVED);
         return this.free() && starved === 1 &&`,
      ],
    ],
  });
  await refuses(
    "deadlock",
    mail([3], { module: { Doorbell, Peer }, preemptions: 2 }),
  );
});

Deno.test("FrameRingProducer: the checker finds one that does not look at the head again", async () => {
  const Peer = await brokenPeer([], {
    "sync/queue/frame_ring.ts": [
      ["this.#head = Atomics.load(this.#control, HEAD);\n      if", "if"],
    ],
  });
  await refuses(
    "deadlock",
    mail([3], { module: { Doorbell, Peer }, preemptions: 2 }),
  );
});
