/**
 * Model tests of `RwLock`. Bounds: two threads in all interleavings where no
 * `preemptions` are given, three within the number that is given. Slices end at
 * any moment only where `timeouts` is given, and are what goes on only for the
 * threads of `expireTimeouts`. Writers know of all readers from the start, unless
 * a test says otherwise. The model of `LockWord`, which it is built on, is that of
 * `Mutex`.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { RwLock, type RwLockHandle } from "../../sync/lock/rw_lock.ts";
import {
  becomeThread,
  type CurrentThread,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import { explore, type ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import { endOf, endsOfAll, untilLost, wherever } from "./lock_program.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/lock/rw_lock.ts"), "RwLock">;
const ORIGINAL: Module = { RwLock };

/** Where a lock says how many threads have ever read. */
const END = 4;

interface Shared {
  readonly lock: RwLockHandle;
  readonly threads: ThreadRegistryHandle;
  readonly ids: readonly number[];
  /** One word, which writers count up and readers read. */
  readonly payload: Words;
  /** What a thread does while it holds the lock, so that it can stop there. */
  readonly step: Words;
}

/** How a thread comes to the lock. */
interface Comer {
  readonly door:
    | "read"
    | "write"
    | "tryRead"
    | "tryWrite"
    | "readAsync"
    | "writeAsync";
  readonly timeout?: number;
  /** May be aborted at any moment. */
  readonly abortable?: boolean;
  readonly rounds?: number;
  /** Writes, then reads without letting go. */
  readonly downgrades?: boolean;
  /** Another task of the thread, by an async door too. */
  readonly also?: Comer;
  /** Reads once more while it reads. */
  readonly again?: boolean;
  /** The thread is lost before this atomic operation of its own, from 1 on. */
  readonly stopsAt?: number;
}

const READS: Comer = { door: "read" };
const WRITES: Comer = { door: "write" };
const READS_ASYNC: Comer = { door: "readAsync" };
const WRITES_ASYNC: Comer = { door: "writeAsync" };
const TRIES_READ: Comer = { door: "tryRead" };
const TRIES_WRITE: Comer = { door: "tryWrite" };
const DOWNGRADES: Comer = { door: "write", downgrades: true };

interface SceneOptions extends Bounds {
  readonly module?: Module;
  /** Nobody has read yet. */
  readonly fresh?: boolean;
}

/** Threads that count, and look at the count, under the lock. */
function scene(
  comers: readonly Comer[],
  options: SceneOptions = {},
): Ending<Shared> {
  const { module = ORIGINAL } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(comers.length + 1);
      const { handle } = new module.RwLock();
      if (!options.fresh) {
        Atomics.store(wordsOf(handle, 8), END, comers.length);
      }
      return {
        lock: handle,
        threads: crew[0]!.threads.handle,
        ids: crew.map(({ id }) => id),
        payload: wordsOf(allocate(4), 1),
        step: wordsOf(allocate(4), 1),
      };
    },
    threads: comers.map((comer) =>
      comer.door.endsWith("Async")
        ? (shared: Shared, thread: ModelThread) =>
          awaits(shared, thread, comer, module)
        : (shared: Shared, thread: ModelThread) =>
          blocks(shared, thread, comer, module)
    ),
    check: ({ lock, payload }, results) => {
      const all = endsOfAll(results);
      ends.add(all.join(" "));
      const flat = all.join("+").split("+");
      const count = (end: string) => flat.filter((each) => each === end).length;
      assertEquals(payload[0], count("wrote") + count("stopped_writing"));
      becomeThread(crew.at(-1)!);
      const last = module.RwLock.from(lock);
      // Nothing is left behind that would be in the way of a newcomer.
      assert(last.tryWrite({ evenIfPoisoned: true }) !== undefined);
      assertEquals(last.isPoisoned, count("stopped_writing") > 0, `${all}`);
      last.unlockWrite();
      assertEquals(last.readers, 0);
      assert(last.tryRead({ evenIfPoisoned: true }) !== undefined);
      assertEquals(last.readers, 1);
      last.unlockRead();
      assert(!last.isWriteLocked);
    },
    ...boundsOf(options),
  };
}

/** What a thread does while it reads. */
function look({ payload, step }: Shared): void {
  const seen = payload[0];
  Atomics.load(step, 0);
  assertEquals(payload[0], seen);
}

/** What a thread does while it writes. */
function count({ payload, step }: Shared, ends: string[]): void {
  payload[0]!++;
  ends.push("stopped_writing");
  Atomics.load(step, 0);
  ends.pop();
}

function blocks(
  shared: Shared,
  thread: ModelThread,
  comer: Comer,
  module: Module,
): string[] {
  return untilLost(
    comer.stopsAt,
    (ends) => comes(shared, comer, ends, module),
    () =>
      ThreadRegistry.from(shared.threads).markLost(shared.ids[thread.index]!),
  );
}

function comes(
  shared: Shared,
  comer: Comer,
  ends: string[],
  module: Module,
): void {
  const lock = module.RwLock.from(shared.lock);
  const { door, timeout = Infinity, rounds = 1 } = comer;
  for (let round = 0; round < rounds; round++) {
    try {
      const guard = door === "read"
        ? lock.read({ timeout })
        : door === "write"
        ? lock.write({ timeout })
        : door === "tryRead"
        ? lock.tryRead()
        : lock.tryWrite();
      if (guard === undefined) {
        ends.push("busy");
        continue;
      }
    } catch (error) {
      ends.push(endOf(error));
      continue;
    }
    if (door === "read" || door === "tryRead") {
      look(shared);
      if (comer.again) {
        lock.read();
        look(shared);
        lock.unlockRead();
        look(shared);
      }
      lock.unlockRead();
      ends.push("read");
      continue;
    }
    count(shared, ends);
    ends.push("wrote");
    if (comer.downgrades) {
      const mine = shared.payload[0];
      lock.downgrade();
      look(shared);
      assertEquals(shared.payload[0], mine);
      lock.unlockRead();
    } else lock.unlockWrite();
  }
}

async function awaits(
  shared: Shared,
  thread: ModelThread,
  comer: Comer,
  module: Module,
): Promise<string[]> {
  const lock = module.RwLock.from(shared.lock);
  const tasks = [task(shared, thread, comer, lock)];
  if (comer.also) tasks.push(task(shared, thread, comer.also, lock));
  return (await Promise.all(tasks)).flat();
}

async function task(
  shared: Shared,
  thread: ModelThread,
  comer: Comer,
  lock: RwLock,
): Promise<string[]> {
  const { door, timeout = Infinity, rounds = 1 } = comer;
  const ends: string[] = [];
  for (let round = 0; round < rounds; round++) {
    // The last round of several is aborted.
    const options = comer.abortable && round === rounds - 1
      ? { timeout, signal: thread.signal() }
      : { timeout };
    try {
      if (door === "readAsync") await lock.readAsync(options);
      else await lock.writeAsync(options);
    } catch (error) {
      ends.push(endOf(error));
      continue;
    }
    if (door === "readAsync") {
      look(shared);
      lock.unlockRead();
      ends.push("read");
      continue;
    }
    count(shared, ends);
    lock.unlockWrite();
    ends.push("wrote");
  }
  return ends;
}

/** Explores all of a program; returns the ends that were seen. */
async function endsOf(
  comers: readonly Comer[],
  options?: SceneOptions,
): Promise<string[]> {
  return await exploredEnds(scene(comers, options));
}

/** A lock with changes to how threads get in and out. */
function changed(...edits: Edit[]): Promise<Module> {
  return mutant("sync/lock/rw_lock.ts", [], {
    "sync/lock/rw_lock_entry.ts": edits,
  });
}

/** A lock with changes to the slots of its readers. */
function changedSlots(...edits: Edit[]): Promise<Module> {
  return mutant("sync/lock/rw_lock.ts", [], {
    "sync/lock/reader_slots.ts": edits,
    "sync/lock/rw_lock_entry.ts": [],
  });
}

Deno.test("RwLock.write() is alone, and each comes in in the end", async () => {
  assertEquals(await endsOf([READS, READS]), ["read read"]);
  assertEquals(await endsOf([READS, WRITES]), ["read wrote"]);
  assertEquals(await endsOf([WRITES, WRITES]), ["wrote wrote"]);
  assertEquals(await endsOf([READS, WRITES], { timeouts: 1 }), ["read wrote"]);
  const bounded = { preemptions: 3 };
  for (const [one, other] of [[READS, WRITES], [WRITES, READS]] as const) {
    const twice = await endsOf([{ ...one, rounds: 2 }, other], bounded);
    assertEquals(twice.length, 1);
  }
  for (
    const comers of [[READS, READS, WRITES], [READS, WRITES, WRITES]]
  ) {
    assertEquals((await endsOf(comers, { preemptions: 1 })).length, 1);
  }
});

Deno.test("RwLock: a thread that has never read is seen by writers", async () => {
  const fresh = { fresh: true };
  assertEquals(await endsOf([READS, WRITES], fresh), ["read wrote"]);
  assertEquals(await endsOf([READS, READS], fresh), ["read read"]);
  assertEquals(await endsOf([DOWNGRADES, WRITES], fresh), ["wrote wrote"]);
  assertEquals(
    await endsOf([READS, READS, WRITES], { ...fresh, preemptions: 1 }),
    ["read read wrote"],
  );
});

Deno.test("RwLock: both doors lead to the same lock", async () => {
  assertEquals(await endsOf([READS, WRITES_ASYNC]), ["read wrote"]);
  assertEquals(await endsOf([READS_ASYNC, WRITES]), ["read wrote"]);
  assertEquals(await endsOf([READS_ASYNC, WRITES_ASYNC]), ["read wrote"]);
  assertEquals(await endsOf([WRITES, WRITES_ASYNC]), ["wrote wrote"]);
  const bounded = { preemptions: 1 };
  assertEquals(
    await endsOf([READS, WRITES_ASYNC, READS_ASYNC], bounded),
    ["read wrote read"],
  );
  assertEquals(
    await endsOf([WRITES, READS_ASYNC, WRITES_ASYNC], bounded),
    ["wrote read wrote"],
  );
});

Deno.test("RwLock: tasks of one thread read and write in turns", async () => {
  for (const other of [READS, WRITES]) {
    for (
      const tasks of [
        { ...READS_ASYNC, also: WRITES_ASYNC },
        { ...WRITES_ASYNC, also: READS_ASYNC },
        { ...READS_ASYNC, also: { ...WRITES_ASYNC, abortable: true } },
        { ...WRITES_ASYNC, abortable: true, also: READS_ASYNC },
      ]
    ) {
      const ends = await endsOf([other, tasks], { preemptions: 1 });
      const all = ends.filter((end) => !end.includes("aborted"));
      assertEquals(all.length, 1, ends.join());
    }
  }
});

Deno.test("RwLock: an aborted task takes no wake-up from others", async () => {
  for (const door of ["readAsync", "writeAsync"] as const) {
    const abortable: Comer = { door, abortable: true };
    const own = door === "readAsync" ? "read" : "wrote";
    for (const other of [READS, WRITES, READS_ASYNC, WRITES_ASYNC]) {
      const ends = await endsOf([other, abortable], { preemptions: 3 });
      const its = other.door.startsWith("read") ? "read" : "wrote";
      assert(ends.includes(`${its} ${own}`));
      // Two that read wait for nothing.
      const alone = its === "read" && own === "read";
      assertEquals(ends.includes(`${its} aborted`), !alone);
    }
    const ends = await endsOf([WRITES, abortable, READS], { preemptions: 1 });
    assertEquals(ends, [`wrote ${own} read`, "wrote aborted read"].sort());
  }
});

Deno.test("RwLock: who gives up in time leaves nothing behind", async () => {
  const doors = ["read", "write", "readAsync", "writeAsync"] as const;
  for (const door of doors) {
    const hurries: Comer = { door, timeout: 50 };
    const own = door.startsWith("read") ? "read" : "wrote";
    const preemptions = door.endsWith("Async") ? 1 : 2;
    const options = { timeouts: 1, preemptions };
    for (const other of [WRITES, READS, WRITES_ASYNC]) {
      const ends = await endsOf([hurries, { ...other, rounds: 2 }], options);
      assert(ends.some((end) => end.startsWith(own)));
      const alone = own === "read" && other === READS;
      assertEquals(ends.some((end) => end.startsWith("timed_out")), !alone);
    }
  }
  for (const hurries of [{ ...WRITES, timeout: 50 }]) {
    const three = { timeouts: 1, preemptions: 1 };
    const ends = await endsOf([hurries, WRITES, READS], three);
    assertEquals(ends, ["timed_out wrote read", "wrote wrote read"]);
  }
});

Deno.test("RwLock.tryRead() and tryWrite() leave another's lock alone", async () => {
  for (const tries of [TRIES_READ, TRIES_WRITE]) {
    const own = tries === TRIES_READ ? "read" : "wrote";
    for (const other of [READS, WRITES, WRITES_ASYNC]) {
      const ends = await endsOf([tries, other], { preemptions: 4 });
      const its = other === READS ? "read" : "wrote";
      const alone = tries === TRIES_READ && other === READS;
      assertEquals(ends, [
        ...(alone ? [] : [`busy ${its}`]),
        `${own} ${its}`,
      ]);
    }
    const ends = await endsOf([tries, READS, WRITES], { preemptions: 1 });
    assertEquals(ends, ["busy read wrote", `${own} read wrote`]);
  }
});

Deno.test("RwLock.downgrade() lets no writer in between", async () => {
  for (const other of [WRITES, READS, WRITES_ASYNC, DOWNGRADES]) {
    const its = other === READS ? "read" : "wrote";
    assertEquals(await endsOf([DOWNGRADES, other]), [`wrote ${its}`]);
  }
  const ends = await endsOf([DOWNGRADES, READS, WRITES], { preemptions: 1 });
  assertEquals(ends, ["wrote read wrote"]);
});

Deno.test("RwLock.read() by a thread that reads does not wait for a writer", async () => {
  const again = { ...READS, again: true };
  for (const other of [WRITES, WRITES_ASYNC]) {
    assertEquals(await endsOf([again, other]), ["read wrote"]);
  }
  const ends = await endsOf([again, READS, WRITES], { preemptions: 1 });
  assertEquals(ends, ["read read wrote"]);
});

/** Loses a thread before each of its atomic operations in turn. */
function loses(
  comer: Comer,
  others: readonly Comer[],
  options: SceneOptions = {},
): Promise<Set<string>> {
  return wherever((stopsAt) =>
    endsOf([{ ...comer, stopsAt }, ...others], {
      expireTimeouts: others.map((_, k) => k + 1),
      ...options,
    })
  );
}

Deno.test("RwLock: a reader may be lost at any moment, and poisons nothing (U3)", async () => {
  const [read, write] = [new Set<string>(), new Set<string>()];
  for (const other of [WRITES, WRITES_ASYNC]) {
    for (const end of await loses(READS, [other])) write.add(end);
  }
  for (const end of await loses(READS, [READS])) read.add(end);
  assertEquals([...write].sort(), ["read wrote", "stopped wrote"]);
  assertEquals([...read].sort(), ["read read", "stopped read"]);
  const ends = await loses(READS, [WRITES, READS], { preemptions: 0 });
  assertEquals([...ends].sort(), ["read wrote read", "stopped wrote read"]);
});

Deno.test("RwLock: a writer may be lost at any moment, and poisons what it wrote only (U3)", async () => {
  for (const comer of [WRITES, DOWNGRADES]) {
    for (const other of [READS, READS_ASYNC]) {
      const ends = await loses(comer, [other], { preemptions: 2 });
      // It is poisoned if, and only if, it was lost while it wrote.
      assertEquals([...ends].filter((end) => end.includes("poisoned")), [
        "stopped_writing+stopped poisoned",
      ]);
      assert(ends.has("stopped read") && ends.has("wrote+stopped read"));
    }
  }
  const ends = await loses(WRITES, [WRITES, READS], { preemptions: 0 });
  assert(ends.has("stopped_writing+stopped poisoned poisoned"));
  assert(ends.has("stopped wrote read"));
  assertEquals(
    [...ends].filter((end) => /^(stopped|wrote.*) .*poisoned/.test(end)),
    [],
  );
});

Deno.test("RwLock: the checker finds a reader that looks before it says that it reads", async () => {
  const module = await changed([
    `      this.readers.enter(slot, this.#reader);
      // Either`,
    "      // Either",
  ], [
    `        return false;
      }
    }
    words[slot + HOLDS]`,
    `        return false;
      }
      this.readers.enter(slot, this.#reader);
    }
    words[slot + HOLDS]`,
  ]);
  await refuses("data race", scene([READS, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a reader that does not look for a writer", async () => {
  const module = await changed([
    `      if (Atomics.load(words, LOCK) !== 0) {
        this.readers.leave(slot);`,
    `      if (words === undefined) {
        this.readers.leave(slot);`,
  ]);
  await refuses("data race", scene([READS, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a writer that does not look for readers", async () => {
  const module = await changed([
    "if (!taken || !this.readers.areEmptyBut(this.#slot)) {",
    "if (!taken) {",
  ]);
  await refuses("data race", scene([READS, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a writer that looks before it has the lock", async () => {
  const module = await changed([
    `const taken = Atomics.compareExchange(words, LOCK, 0, me) === 0;
    if (!taken || !this.readers.areEmptyBut(this.#slot)) {`,
    `const empty = this.readers.areEmptyBut(this.#slot);
    const taken = Atomics.compareExchange(words, LOCK, 0, me) === 0;
    if (!taken || !empty) {`,
  ]);
  await refuses("data race", scene([READS, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a reader of whom writers do not know", async () => {
  const module = await changed(["    this.readers.add(me);\n", "\n"]);
  await refuses("data race", scene([READS, WRITES], { module, fresh: true }));
});

Deno.test("RwLock: the checker finds a reader that is let in after the lock is given back", async () => {
  const module = await changed([
    `    if (holds === 0) this.readers.enter(slot, me);
    this.#words[slot + HOLDS] = holds + 1;
    this.#giveBack(action);`,
    `    this.#giveBack(action);
    if (holds === 0) this.readers.enter(slot, me);
    this.#words[slot + HOLDS] = holds + 1;`,
  ]);
  await refuses(
    "data race",
    scene([READS, WRITES], { module, fresh: true }),
  );
  await refuses("data race", scene([DOWNGRADES, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a reader that leaves and wakes nobody", async () => {
  const module = await changedSlots([
    `if (Atomics.exchange(this.#words, slot, 0) < 0) {
      Atomics.notify(this.#words, slot);
    }`,
    "Atomics.store(this.#words, slot, 0);",
  ]);
  for (const other of [WRITES, WRITES_ASYNC]) {
    await refuses("deadlock", scene([READS, other], { module }));
  }
});

Deno.test("RwLock: the checker finds a reader that wakes before it leaves", async () => {
  const module = await changedSlots([
    `if (Atomics.exchange(this.#words, slot, 0) < 0) {
      Atomics.notify(this.#words, slot);
    }`,
    `if (Atomics.load(this.#words, slot) < 0) {
      Atomics.notify(this.#words, slot);
    }
    Atomics.store(this.#words, slot, 0);`,
  ]);
  for (const other of [WRITES, WRITES_ASYNC]) {
    await refuses("deadlock", scene([READS, other], { module }));
  }
});

Deno.test("RwLock: the checker finds a reader that wakes one waiter only", async () => {
  const module = await changedSlots([
    "Atomics.notify(this.#words, slot);",
    "Atomics.notify(this.#words, slot, 1);",
  ]);
  const gone: Comer = { ...WRITES_ASYNC, abortable: true };
  const program = scene([READS, gone, WRITES], { module, preemptions: 2 });
  await refuses("deadlock", program);
});

Deno.test("RwLock: the checker finds a writer that marks a slot by load and store", async () => {
  const module = await changedSlots([
    "Atomics.compareExchange(this.#words, slot, seen, seen | WAITED) === seen",
    "Atomics.store(this.#words, slot, seen | WAITED) !== 0",
  ]);
  await refuses("deadlock", scene([READS, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a writer that gives up and keeps the lock", async () => {
  const module = await changed([
    `      } catch (error) {
        this.#giveBack(WRITE);`,
    "      } catch (error) {",
  ]);
  const gone: Comer = { ...WRITES_ASYNC, abortable: true };
  const program = scene([{ ...READS, rounds: 2 }, gone], { module });
  const error = await explore(program).then(() => undefined, (error) => error);
  assert(["deadlock", "exception"].includes(error?.violation), String(error));
});

Deno.test("RwLock: the checker finds a writer that does not look for a lost reader", async () => {
  const module = await changedSlots([
    "if (seen === 0 || currentThread().threads.isLive(seen & OWNER)) return seen;",
    "if (seen === 0 || slot > 0) return seen;",
  ]);
  for (const other of [WRITES, WRITES_ASYNC]) {
    const program = scene([{ ...READS, stopsAt: 5 }, other], {
      module,
      expireTimeouts: [1],
    });
    await refuses("livelock", program);
  }
});

Deno.test("RwLock: the checker finds a lost writer that poisons nothing, or one that waited and does", async () => {
  const silent = await changed([
    "      Atomics.store(words, POISON, 1);\n      words[WRITER] = 0;",
    "      words[WRITER] = 0;",
  ]);
  const hasty = await changed([
    "      if (words[WRITER] === 0) return;\n",
    "\n",
  ]);
  for (const module of [silent, hasty]) {
    const error = await loses(WRITES, [READS], { module }).then(
      () => undefined,
      (error) => error,
    );
    assertEquals(error?.violation, "exception", String(error));
  }
});

Deno.test("RwLock: the checker finds a write by load and store", async () => {
  const module = await changed([
    `const taken = Atomics.compareExchange(words, LOCK, 0, me) === 0;
    if (!taken || !this.readers.areEmptyBut`,
    `const taken = Atomics.load(words, LOCK) === 0;
    if (taken) Atomics.store(words, LOCK, me);
    if (!taken || !this.readers.areEmptyBut`,
  ]);
  const program = scene([WRITES, WRITES], { module });
  const error = await explore(program).then(() => undefined, (error) => error);
  assert(["data race", "exception"].includes(error?.violation), String(error));
});

Deno.test("RwLock: the checker finds a thread that ends all of its reads at once", async () => {
  const module = await changed([
    "if (holds === 1) this.readers.leave(slot);",
    "this.readers.leave(slot);",
  ]);
  const again = { ...READS, again: true };
  await refuses("data race", scene([again, WRITES], { module }));
});

Deno.test("RwLock: the checker finds a writer that sleeps once and does not look again", async () => {
  const module = await changedSlots([
    "      Atomics.wait(this.#words, slot, seen, deadline.slice(SLICE));\n",
    "      Atomics.wait(this.#words, slot, seen, deadline.slice(SLICE));\n      return true;\n",
  ]);
  const program = scene([READS, WRITES], { module, timeouts: 1 });
  await refuses("data race", program);
});
