/**
 * Model tests of the doorbell, and of ring and doorbell together as peers use
 * them: the peers and the fabric are the library's own, with rings of 64 bytes.
 * Bounds: all interleavings of two and three threads; where `preemptions` is
 * given, within so many of them.
 */

import { assert, assertEquals } from "@std/assert";
import { Writer } from "../../codec/writer.ts";
import { Doorbell } from "../../sync/doorbell.ts";
import { Fabric, type FabricHandle } from "../../workers/fabric.ts";
import { Peer } from "../../workers/peer.ts";
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
  const made = new Fabric({ buffer, slots, ringCapacity });
  for (let slot = 0; slot < slots; slot++) made.occupy(slot, 1024 + slot);
  return made.handle;
}

/** A frame of 24 bytes that begins with a number, and goes on from there. */
function frame(number: number): Writer {
  const out = new Writer(24);
  for (let k = 0; k < 6; k++) out.word(number + k);
  return out;
}

/** What a thread does in its turns: it takes mail and uses room. */
class Owner {
  readonly bell: Doorbell;
  readonly peers: readonly (Peer | undefined)[];
  readonly taken: number[] = [];

  constructor(handle: FabricHandle, slot: number, module: Module) {
    const shared = new Fabric(handle);
    this.bell = new module.Doorbell(shared.doorbell(slot), shared.slots);
    this.peers = Array.from(
      { length: shared.slots },
      (_, other) =>
        other === slot || (slot !== READER && other !== READER)
          ? undefined
          : new module.Peer(shared, slot, other),
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

type Sleep = "sleep" | "sleepAsync";

/** Sends frames; sleeps on its own bell while some of them wait for room. */
function sends(slot: number, count: number, module: Module) {
  return (handle: FabricHandle): number[] => {
    const owner = new Owner(handle, slot, module);
    const peer = owner.peers[READER]!;
    for (let k = 0; k < count; k++) {
      peer.stage(KIND, frame(100 * slot + 10 * k));
      owner.publish(slot, READER);
    }
    while (peer.waiting > 0) {
      if (owner.turn(slot)) continue;
      if (owner.bell.arm()) owner.bell.sleep(Infinity);
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
      if (owner.bell.arm()) owner.bell.sleep(Infinity);
      owner.bell.disarm();
    }
    return owner.taken;
  };
}

/**
 * The same without blocking. With `restless` something else wakes the owner at
 * any moment, and it sleeps again while its first wait is still pending.
 */
function receivesAsync(count: number, module: Module, restless: boolean) {
  return async (handle: FabricHandle, thread: ModelThread) => {
    const owner = new Owner(handle, READER, module);
    const { bell } = owner;
    let wakeUp = () => {};
    if (restless) thread.signal().addEventListener("abort", () => wakeUp());
    while (owner.taken.length < count) {
      if (owner.turn(READER)) continue;
      if (bell.arm()) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wakeUp = resolve;
        if (bell.sleepAsync(() => wakeUp())) await promise;
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
  const { sleep = "sleep", restless = false, module = ORIGINAL } = options;
  const all = counts.reduce((a, b) => a + b);
  return {
    setup: () => fabric(counts.length + 1),
    threads: [
      sleep === "sleep"
        ? receives(all, module)
        : receivesAsync(all, module, restless),
      ...counts.map((count, k) => sends(k + 1, count, module)),
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

Deno.test("Doorbell.sleepAsync() serves a sleep whose wait is that of an earlier one", async () => {
  for (const restless of [false, true]) {
    await holds(mail([1], { sleep: "sleepAsync", restless }));
    await holds(mail([2], { sleep: "sleepAsync", restless }));
  }
  await holds(mail([1, 1], { sleep: "sleepAsync", preemptions: 1 }));
  await holds(
    mail([1, 1], { sleep: "sleepAsync", restless: true, preemptions: 0 }),
  );
});

Deno.test("Doorbell: nobody sleeps while there is room", async () => {
  // The third frame does not fit.
  await holds(mail([3], { preemptions: 2 }));
  await holds(mail([4], { preemptions: 2 }));
  await holds(mail([3], { sleep: "sleepAsync", preemptions: 2 }));
  await holds(
    mail([3], { sleep: "sleepAsync", restless: true, preemptions: 1 }),
  );
  await holds(mail([3, 1], { preemptions: 1 }));
});

/** The owner sleeps until a reason is there that it looks up itself. */
function wakes(
  sleep: Sleep,
  module: Module = ORIGINAL,
): Program<FabricHandle> {
  // A word of the page that tells who has which slot, behind all slots.
  const reason = ({ buffer }: FabricHandle) => new Int32Array(buffer, 2048, 1);
  const ownBell = (handle: FabricHandle) =>
    new module.Doorbell(new Fabric(handle).doorbell(READER), handle.slots);
  return {
    setup: () => fabric(2),
    threads: [
      sleep === "sleep"
        ? (handle) => {
          const bell = ownBell(handle);
          while (Atomics.load(reason(handle), 0) === 0) {
            // The reason is no ring: it is looked up after arm().
            if (bell.arm() && Atomics.load(reason(handle), 0) === 0) {
              bell.sleep(Infinity);
            }
            bell.visitMail(() => {});
            bell.disarm();
          }
        }
        : async (handle) => {
          const bell = ownBell(handle);
          while (Atomics.load(reason(handle), 0) === 0) {
            if (bell.arm() && Atomics.load(reason(handle), 0) === 0) {
              const { promise, resolve } = Promise.withResolvers<void>();
              if (bell.sleepAsync(resolve)) await promise;
            }
            bell.visitMail(() => {});
            bell.disarm();
          }
        },
      (handle) => {
        Atomics.store(reason(handle), 0, 1);
        ownBell(handle).wake();
      },
      // Others ring meanwhile.
      (handle) => ownBell(handle).ringForMail(1),
    ],
    preemptions: Infinity,
  };
}

Deno.test("Doorbell.wake() ends a sleep whoever else rings", async () => {
  for (const sleep of ["sleep", "sleepAsync"] as const) {
    await holds(wakes(sleep));
  }
});

/** Blocks while a `waitAsync` of an earlier sleep is still in line. */
function blocksAfterAsync(module: Module): Program<FabricHandle> {
  const ownBell = (handle: FabricHandle) =>
    new module.Doorbell(new Fabric(handle).doorbell(READER), handle.slots);
  return {
    setup: () => fabric(2),
    threads: [
      async (handle, thread) => {
        const bell = ownBell(handle);
        const other = Promise.withResolvers<void>();
        thread.signal("message").addEventListener(
          "abort",
          () => other.resolve(),
        );
        if (bell.arm()) bell.sleepAsync(() => {});
        await other.promise;
        bell.disarm();
        while (!bell.visitMail(() => {})) {
          if (bell.arm()) bell.sleep(Infinity);
          bell.disarm();
        }
      },
      (handle, thread) => {
        thread.abort("message");
        ownBell(handle).ringForMail(1);
      },
    ],
  };
}

Deno.test("Doorbell.sleep() is woken with a waitAsync() in line before it", async () => {
  await holds(blocksAfterAsync(ORIGINAL));
});

/** A doorbell with mistakes, also for the peers. */
async function brokenBell(...edits: Edit[]): Promise<Module> {
  const bell = await mutant<Pick<Module, "Doorbell">>(
    "sync/doorbell.ts",
    edits,
  );
  return { ...bell, Peer: await brokenPeer([], { "sync/doorbell.ts": edits }) };
}

async function brokenPeer(
  edits: Edit[],
  imported: Record<string, Edit[]> = {},
): Promise<typeof Peer> {
  const module = await mutant<Pick<Module, "Peer">>(
    "workers/peer.ts",
    edits,
    imported,
  );
  return module.Peer;
}

Deno.test("Doorbell: the checker finds a ring that looks whether the owner sleeps too early", async () => {
  const module = await brokenBell([
    `Atomics.or(this.#words, word, bit);
    if (Atomics.load(this.#words, STATE) === ASLEEP) this.wake();`,
    `const asleep = Atomics.load(this.#words, STATE) === ASLEEP;
     Atomics.or(this.#words, word, bit);
     if (asleep) this.wake();`,
  ]);
  for (const sleep of ["sleep", "sleepAsync"] as const) {
    await refuses("deadlock", mail([1], { module, sleep }));
  }
});

Deno.test("Doorbell: the checker finds an arm() without a second look", async () => {
  const module = await brokenBell([
    "if (!this.rung) return true;",
    "return true;",
  ]);
  for (const sleep of ["sleep", "sleepAsync"] as const) {
    await refuses("deadlock", mail([1], { module, sleep }));
  }
});

Deno.test("Doorbell: the checker finds a wake() that stores and does not notify", async () => {
  const module = await brokenBell(["Atomics.notify(this.#words, STATE);", ""]);
  for (const sleep of ["sleep", "sleepAsync"] as const) {
    await refuses("deadlock", mail([1], { module, sleep }));
    await refuses("deadlock", wakes(sleep, module));
  }
});

Deno.test("Doorbell: the checker finds a wake() of the first in line only", async () => {
  const module = await brokenBell([
    "Atomics.notify(this.#words, STATE);",
    "Atomics.notify(this.#words, STATE, 1);",
  ]);
  await refuses("deadlock", blocksAfterAsync(module));
});

Deno.test("Doorbell: the checker finds a sleepAsync() that sleeps whoever rang", async () => {
  const module = await brokenBell([
    "if (!result.async) return false;",
    "if (!result.async) return true;",
  ]);
  await refuses("deadlock", mail([1], { module, sleep: "sleepAsync" }));
});

Deno.test("Doorbell: the checker finds a visit that forgets who rang meanwhile", async () => {
  const module = await brokenBell([
    "let bits = Atomics.exchange(this.#words, bitmap + w, 0);",
    `let bits = Atomics.load(this.#words, bitmap + w);
     Atomics.store(this.#words, bitmap + w, 0);`,
  ]);
  await refuses("deadlock", mail([1, 1], { module }));
});

Deno.test("Doorbell: the checker finds a visit that forgets only after it has looked", async () => {
  const module = await brokenBell(
    [
      "let bits = Atomics.exchange(this.#words, bitmap + w, 0);",
      "let bits = Atomics.load(this.#words, bitmap + w); const rung = bits;",
    ],
    [
      "visitor(32 * w + bit);\n      }",
      "visitor(32 * w + bit);\n      }\n" +
      "Atomics.and(this.#words, bitmap + w, ~rung);",
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

Deno.test("ByteRingConsumer.release(): the checker finds a look at the producer before the head is stored", async () => {
  const Peer = await brokenPeer([], {
    "sync/byte_ring.ts": [
      [
        "Atomics.store(this.#control, HEAD, this.#head);",
        `const starved = Atomics.load(this.#control, STARVED);
         Atomics.store(this.#control, HEAD, this.#head);`,
      ],
      [
        "return Atomics.load(this.#control, STARVED) === 1 &&",
        "return starved === 1 &&",
      ],
    ],
  });
  await refuses(
    "deadlock",
    mail([3], { module: { Doorbell, Peer }, preemptions: 2 }),
  );
});

Deno.test("ByteRingProducer: the checker finds one that does not look at the head again", async () => {
  const Peer = await brokenPeer([], {
    "sync/byte_ring.ts": [
      ["this.#head = Atomics.load(this.#control, HEAD);\n      if", "if"],
    ],
  });
  await refuses(
    "deadlock",
    mail([3], { module: { Doorbell, Peer }, preemptions: 2 }),
  );
});
