import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  DeadlockError,
  LockPoisonedError,
} from "../../../sync/lock/lock_errors.ts";
import { RW_LOCK_WORDS, slotOf } from "../../../sync/lock/reader_slots.ts";
import { RwLock } from "../../../sync/lock/rw_lock.ts";
import {
  becomeThread,
  currentThread,
  MAX_THREADS,
  ThreadRegistry,
} from "../../../sync/thread/thread.ts";
import { mutant } from "../../model/explorer/mutant.ts";
import { runWorkers } from "../crew.ts";
import type { RwLockOutcome, RwLockTask } from "../fixtures/rw_lock_worker.ts";
import { refusesHandles } from "../handles.ts";
import { endsByAbort, refusesAborted, SOON, TIMEOUT } from "../locks.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { withoutBlocking } from "../sleeping.ts";

type Kind = "read" | "write";

/** The same lock, as another thread holds it. */
function heldBy(id: number, lock: RwLock, kind: Kind): RwLock {
  return runAs(id, () => {
    const theirs = RwLock.from(lock.handle);
    theirs[kind]({ evenIfPoisoned: true });
    return theirs;
  });
}

/** Another thread holds the lock, in one way and then in the other. */
function* whileHeld(lock: RwLock): Generator<Kind> {
  using other = claimOther();
  const reading = heldBy(other.id, lock, "read");
  yield "read";
  reading.unlockRead();
  const writing = heldBy(other.id, lock, "write");
  yield "write";
  writing.unlockWrite();
}

Deno.test("RwLock.from() refuses handles of something else or too small", () => {
  const { handle } = new RwLock();
  const size = 4 * RW_LOCK_WORDS;
  const attach = refusesHandles(handle, RwLock.from, size);
  assertThrows(() => RwLock.from(undefined as never), TypeError);
  assertThrows(() => attach({ kind: "Mutex" }), TypeError);
  attach(sliceOf(size)).write();
});

Deno.test("RwLock.read() refuses a timeout that is none, and changes nothing", async () => {
  const lock = new RwLock();
  for (const timeout of [-1, NaN, "1"]) {
    const options = { timeout: timeout as number };
    assertThrows(() => lock.read(options), RangeError);
    await assertRejects(() => lock.readAsync(options), RangeError);
    assertEquals(lock.readers, 0);
  }
});

Deno.test("RwLock refuses to unlock what this thread does not hold", () => {
  const lock = new RwLock();
  using other = claimOther();
  const refused = () => {
    assertThrows(() => lock.unlockRead(), TypeError);
    assertThrows(() => lock.unlockWrite(), TypeError);
    assertThrows(() => lock.downgrade(), TypeError);
  };
  refused();
  lock.read();
  assertThrows(() => lock.unlockWrite(), TypeError);
  assertThrows(() => lock.downgrade(), TypeError);
  lock.unlockRead();
  refused();
  lock.write();
  assertThrows(() => lock.unlockRead(), TypeError);
  lock.unlockWrite();
  refused();
  const reading = heldBy(other.id, lock, "read");
  refused();
  assertEquals(lock.readers, 1);
  reading.unlockRead();
  const writing = heldBy(other.id, lock, "write");
  refused();
  assert(lock.isWriteLocked);
  writing.unlockWrite();
  assertFalse(lock.isWriteLocked);
});

Deno.test("RwLock says what a thread was doing that others took for lost", () => {
  const living = globalThis.Atomics;
  const { threads, id: me } = currentThread();
  for (
    const [door, action] of [
      ["read", "lock for reading"],
      ["tryRead", "lock for reading"],
      ["unlockWrite", "unlock for writing"],
      ["downgrade", "downgrade lock"],
    ] as const
  ) {
    const lock = new RwLock();
    using other = claimOther();
    const theirs = door === "unlockWrite" || door === "downgrade"
      ? heldBy(other.id, lock, "write")
      : runAs(other.id, () => RwLock.from(lock.handle));
    // When the other one is about to give the lock word back.
    const takeOver = () => {
      globalThis.Atomics = living;
      threads.markLost(other.id);
      runAs(me, () => lock.write({ evenIfPoisoned: true }));
    };
    globalThis.Atomics = new Proxy(living, {
      get: (_, name: keyof Atomics) => {
        if (name !== "compareExchange") return living[name];
        return (...[words, index, was, next]: [Int32Array, ...number[]]) => {
          if (was === other.id && next === 0) takeOver();
          return living.compareExchange(words, index!, was!, next!);
        };
      },
    });
    try {
      const error = runAs(
        other.id,
        () => assertThrows(() => theirs[door](), TypeError),
      );
      assertStringIncludes(error.message, action);
    } finally {
      globalThis.Atomics = living;
    }
    lock.unlockWrite();
  }
});

Deno.test("RwLock: another object of the thread may unlock, and read again", () => {
  const lock = new RwLock();
  lock.read();
  const same = RwLock.from(lock.handle);
  same.read();
  lock.unlockRead();
  assertEquals(lock.readers, 1);
  assertThrows(() => same.write(), DeadlockError);
  RwLock.from(lock.handle).unlockRead();
  assertEquals(lock.readers, 0);
  assertThrows(() => same.unlockRead(), TypeError);
});

Deno.test(
  "RwLock: to block for what only this thread could unlock is an error and no hang",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    {
      using _guard = await lock.readAsync();
      assertThrows(() => lock.write(), DeadlockError);
      assertThrows(() => lock.withWrite(() => {}), DeadlockError);
      assertEquals(lock.tryWrite(), undefined);
      using _again = lock.read();
      using _once_more = lock.tryRead();
      assertEquals(lock.readers, 1);
    }
    assertEquals(lock.readers, 0);
    {
      using _guard = await lock.writeAsync();
      assertThrows(() => lock.write(), DeadlockError);
      assertThrows(() => lock.read(), DeadlockError);
      assertThrows(() => lock.withRead(() => {}), DeadlockError);
      assertEquals(lock.tryWrite(), undefined);
      assertEquals(lock.tryRead(), undefined);
    }
    assertFalse(lock.isWriteLocked);
    assertFalse(lock.isPoisoned);
    // A task of this thread waits to write, and this thread is in its way.
    using other = claimOther();
    const theirs = heldBy(other.id, lock, "read");
    const write = lock.writeAsync();
    assertThrows(() => lock.read(), DeadlockError);
    assertThrows(() => lock.write(), DeadlockError);
    theirs.unlockRead();
    (await write)[Symbol.dispose]();
  },
);

Deno.test("RwLock.tryRead() and tryWrite() take what is free only", () => {
  const lock = new RwLock();
  using other = claimOther();
  const theirs = runAs(other.id, () => RwLock.from(lock.handle));
  const tries = (kind: Kind) =>
    runAs(
      other.id,
      () => kind === "read" ? theirs.tryRead() : theirs.tryWrite(),
    ) !== undefined;
  for (let time = 0; time < 2; time++) {
    {
      using guard = lock.tryRead();
      assert(guard !== undefined);
      assertFalse(tries("write"));
      assert(tries("read"));
      assertEquals(lock.readers, 2);
      theirs.unlockRead();
    }
    {
      using guard = lock.tryWrite();
      assert(guard !== undefined);
      assertFalse(tries("write"));
      assertFalse(tries("read"));
    }
    assert(tries("write"));
    assertEquals(lock.tryRead(), undefined);
    assertEquals(lock.tryWrite(), undefined);
    theirs.unlockWrite();
  }
});

Deno.test(
  "RwLock.readAsync() gives a guard that unlocks once",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    const read = await lock.readAsync();
    read[Symbol.dispose]();
    const again = await lock.readAsync();
    read[Symbol.dispose]();
    assertEquals(lock.readers, 1);
    again[Symbol.dispose]();
    assertEquals(lock.readers, 0);
  },
);

Deno.test("RwLockWriteGuard.downgrade() leaves a read and a guard that does nothing", async () => {
  const lock = new RwLock();
  for (const door of ["write", "tryWrite", "writeAsync"] as const) {
    {
      using write = await lock[door]();
      using read = write!.downgrade();
      assertThrows(() => write!.downgrade(), TypeError);
      assertEquals(lock.readers, 1);
      assertFalse(lock.isWriteLocked);
      assertStrictEquals(read.lock, lock);
    }
    assertEquals(lock.readers, 0);
    {
      using next = lock.write();
      assertNotStrictEquals(next, undefined);
      assert(lock.isWriteLocked);
    }
    assertFalse(lock.isWriteLocked);
  }
});

Deno.test(
  "RwLock: a waiting writer stops new readers, and is next",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    using one = claimOther();
    using other = claimOther();
    const reading = heldBy(one.id, lock, "read");
    const order: string[] = [];
    const write = lock.writeAsync().then((guard) => {
      order.push("write");
      guard[Symbol.dispose]();
    });
    const theirs = runAs(other.id, () => RwLock.from(lock.handle));
    assertEquals(runAs(other.id, () => theirs.tryRead()), undefined);
    // Who reads already does not wait for who waits for it.
    runAs(one.id, () => reading.read());
    reading.unlockRead();
    const read = lock.readAsync().then((guard) => {
      order.push("read");
      guard[Symbol.dispose]();
    });
    reading.unlockRead();
    await Promise.all([write, read]);
    assertEquals(order, ["write", "read"]);
    assert(runAs(other.id, () => theirs.tryRead()) !== undefined);
    theirs.unlockRead();
  },
);

Deno.test(
  "RwLock.readAsync() does not join another task's read past a writer",
  TIMEOUT,
  async () => {
    const order = async (
      module: Pick<typeof import("../../../sync/lock/rw_lock.ts"), "RwLock">,
    ) => {
      const lock = new module.RwLock();
      const same = module.RwLock.from(lock.handle);
      const order: string[] = [];
      await lock.readAsync();
      const write = lock.writeAsync().then(() => {
        order.push("write");
        lock.unlockWrite();
      });
      const read = same.readAsync().then(() => {
        order.push("read");
        lock.unlockRead();
      });
      lock.unlockRead();
      await Promise.all([write, read]);
      return order;
    };
    assertEquals(await order({ RwLock }), ["write", "read"]);
    const broken = await mutant<typeof import("../../../sync/lock/rw_lock.ts")>(
      "sync/lock/rw_lock.ts",
      [],
      {
        "sync/lock/rw_lock_entry.ts": [[
          "if (holds !== 0 && Atomics.load(this.#words, LOCK) !== 0) return false;",
          "",
        ]],
      },
    );
    assertEquals(await order(broken), ["read", "write"]);
  },
);

Deno.test(
  "RwLock serves the tasks of one object in their order, readers together",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    let [readers, writers, done, together] = [0, 0, 0, 0];
    await Promise.all(Array.from({ length: 1000 }, async (_, k) => {
      if (k % 10 === 0) {
        using _guard = await lock.writeAsync();
        assertEquals([readers, ++writers], [0, 1]);
        await Promise.resolve();
        writers--;
      } else {
        using _guard = await lock.readAsync();
        assertEquals(writers, 0);
        together = Math.max(together, ++readers);
        await new Promise((resolve) => setTimeout(resolve));
        readers--;
      }
      done++;
    }));
    assertEquals(done, 1000);
    assertGreater(together, 1);
    assertEquals(lock.readers, 0);
  },
);

Deno.test(
  "RwLock: readers and writers wait for each other until their time is up",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    for (const held of whileHeld(lock)) {
      for (const timeout of [0, 20, 120]) {
        const start = performance.now();
        const doors: (() => unknown)[] = held === "read"
          ? [() => lock.write({ timeout }), () => lock.writeAsync({ timeout })]
          : [() => lock.read({ timeout }), () => lock.readAsync({ timeout })];
        for (const door of doors) {
          const error = await assertRejects(
            async () => void await door(),
            DOMException,
          );
          assertEquals(error.name, "TimeoutError");
        }
        const waited = performance.now() - start;
        assertGreaterOrEqual(waited, doors.length * (timeout - 2));
        assertLess(waited, doors.length * timeout + SOON);
      }
    }
    lock.write({ timeout: 0 });
    lock.unlockWrite();
    lock.read({ timeout: 0 });
    lock.unlockRead();
  },
);

Deno.test(
  "RwLock: an async wait ends with the reason of its signal",
  TIMEOUT,
  async () => {
    const lock = new RwLock();
    for (const held of whileHeld(lock)) {
      for (const door of ["readAsync", "writeAsync"] as const) {
        await refusesAborted((options) => lock[door](options));
        if (held === "read" && door === "readAsync") continue;
        await endsByAbort((options) => lock[door](options));
      }
    }
    assertEquals(lock.readers, 0);
    assertFalse(lock.isWriteLocked);
  },
);

Deno.test("RwLock leaves nothing behind where the engine forbids to block", () => {
  const lock = new RwLock();
  using other = claimOther();
  const reading = heldBy(other.id, lock, "read");
  withoutBlocking(() => {
    assertThrows(() => lock.write(), TypeError);
    lock.read(); // it need not block
    lock.unlockRead();
  });
  assertFalse(lock.isWriteLocked);
  reading.unlockRead();
  const writing = heldBy(other.id, lock, "write");
  withoutBlocking(() => {
    assertThrows(() => lock.write(), TypeError);
    assertThrows(() => lock.read(), TypeError);
  });
  writing.unlockWrite();
  withoutBlocking(() => lock.withWrite(() => lock.isWriteLocked));
  assertFalse(lock.isWriteLocked);
  assertEquals(lock.readers, 0);
});

Deno.test("RwLock.withRead() returns what the function returns, and unlocks", async () => {
  const lock = new RwLock();
  assertEquals(lock.withRead(() => lock.readers), 1);
  assertEquals(
    await lock.withReadAsync(() => Promise.resolve(lock.readers)),
    1,
  );
  assertEquals(lock.readers, 0);
});

Deno.test("RwLock is not poisoned by readers that throw (U3)", async () => {
  const lock = new RwLock();
  const fails = (): never => {
    throw new Error("test");
  };
  assertThrows(() => lock.withRead(fails), Error, "test");
  await assertRejects(() => lock.withReadAsync(fails), Error, "test");
  assertFalse(lock.isPoisoned);
  assertEquals(lock.readers, 0);
});

Deno.test("RwLock is read by who asks for that, even if it is poisoned (U3)", async () => {
  const lock = new RwLock();
  assertThrows(() =>
    lock.withWrite(() => {
      throw new Error("test");
    })
  );
  const options = { evenIfPoisoned: true };
  for (const door of ["read", "tryRead", "readAsync"] as const) {
    using _guard = await lock[door](options);
    assertEquals(lock.readers, 1);
    assert(lock.isPoisoned);
  }
  assertEquals(lock.readers, 0);
});

const DOORS: Record<string, (lock: RwLock) => unknown> = {
  read: (lock) => lock.read(),
  write: (lock) => lock.write(),
  tryRead: (lock) => lock.tryRead(),
  tryWrite: (lock) => lock.tryWrite(),
  readAsync: (lock) => lock.readAsync(),
  writeAsync: (lock) => lock.writeAsync(),
};

Deno.test(
  "RwLock: a lost reader is forgotten, and poisons nothing (U3)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    for (const door of Object.values(DOORS)) {
      for (
        const [lost, left] of [["read", "write"], ["read", "read"]] as const
      ) {
        const lock = new RwLock();
        using other = claimOther();
        const theirs = heldBy(other.id, lock, lost);
        runAs(other.id, () => theirs.read());
        const waits = left === "write" ? lock.writeAsync() : lock.readAsync();
        assertEquals(lock.readers >= 1, true);
        threads.markLost(other.id);
        const start = performance.now();
        (await waits)[Symbol.dispose]();
        assert(await door(lock) !== undefined);
        assertLess(performance.now() - start, SOON);
        assertFalse(lock.isPoisoned);
      }
    }
  },
);

Deno.test(
  "RwLock: a writer that is lost before its turn poisons nothing (U3)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    for (const door of Object.values(DOORS)) {
      const lock = new RwLock();
      const { buffer, byteOffset } = lock.handle;
      using other = claimOther();
      // Where it is while it waits for readers to end.
      new Int32Array(buffer, byteOffset)[0] = other.id;
      assert(lock.isWriteLocked);
      assertEquals(lock.tryRead(), undefined);
      threads.markLost(other.id);
      assert(await door(lock) !== undefined);
      assertFalse(lock.isPoisoned);
    }
  },
);

Deno.test(
  "RwLock: a thread with the index of a lost one does not hold what that held",
  TIMEOUT,
  () => {
    const { threads } = currentThread();
    const lock = new RwLock();
    for (let time = 0; time < 3; time++) {
      const id = threads.claim();
      const theirs = heldBy(id, lock, "read");
      runAs(id, () => theirs.read());
      threads.markLost(id);
      threads.retire(id);
      using next = claimOther();
      assertEquals(slotOf(next.id), slotOf(id));
      const same = runAs(next.id, () => RwLock.from(lock.handle));
      assertThrows(() => runAs(next.id, () => same.unlockRead()), TypeError);
      if (time === 1) runAs(next.id, () => same.read());
      assertEquals(lock.readers, time === 1 ? 1 : 0);
      if (time === 1) same.unlockRead();
      assert(lock.tryWrite() !== undefined);
      lock.unlockWrite();
    }
  },
);

Deno.test(
  "RwLock: threads with the highest generation are known too",
  TIMEOUT,
  async () => {
    const me = currentThread();
    const threads = new ThreadRegistry(2);
    const records = new Int32Array(
      threads.handle.buffer,
      threads.handle.byteOffset,
      64,
    );
    records[0] = records[32] = 0x1ffffe << 2;
    const crew = [threads.claim(), threads.claim()];
    assertEquals(crew, [0x7ffffc00, 0x7ffffc01]);
    try {
      becomeThread({ threads, id: crew[0]! });
      const lock = new RwLock();
      lock.read();
      becomeThread({ threads, id: crew[1]! });
      const other = RwLock.from(lock.handle);
      const write = other.writeAsync({ timeout: SOON });
      assertEquals(lock.readers, 1);
      lock.unlockRead();
      await write;
      other.unlockWrite();
      other.write();
      threads.markLost(crew[1]!);
      assertThrows(() => lock.read(), LockPoisonedError);
    } finally {
      becomeThread(me);
    }
  },
);

Deno.test("RwLock: each of 1024 threads has a place, and the first 64 lines of their own (U17)", () => {
  const slots = Array.from({ length: MAX_THREADS }, (_, k) => slotOf(k));
  assertEquals(new Set(slots).size, MAX_THREADS);
  const lines = slots.map((slot) => slot >>> 5);
  assertEquals(new Set(lines.slice(0, 64)).size, 64);
  assertEquals(Math.min(...lines), 3);
  assert(slots.every((slot) => slot % 2 === 0 && slot + 1 < RW_LOCK_WORDS));
});

Deno.test("RwLock.read() writes words of its thread only (U17)", () => {
  const lock = new RwLock();
  lock.withRead(() => {}); // the first one makes the thread known to writers
  const { handle } = lock;
  const words = new Int32Array(
    handle.buffer,
    handle.byteOffset,
    RW_LOCK_WORDS,
  );
  const before = words.slice();
  lock.read();
  const changed = words.reduce<number[]>(
    (all, word, k) => word === before[k] ? all : [...all, k],
    [],
  );
  const slot = slotOf(currentThread().id);
  assertEquals(changed, [slot, slot + 1]);
  lock.unlockRead();
  assertEquals([...words], [...before]);
});

/** What a thread does, and may be refused. */
const CALLS = [
  "tryRead",
  "tryRead",
  "tryWrite",
  "tryWrite",
  "unlockRead",
  "unlockWrite",
  "downgrade",
  "throw",
  "clearPoison",
  "lose",
] as const;
type Call = readonly [thread: number, name: (typeof CALLS)[number]];
type End = "done" | "busy" | "poisoned" | "threw" | "refused";

/** A lock without threads. */
class PlainRwLock {
  readonly reads = [0, 0, 0];
  writer = -1;
  poisoned = false;

  call([thread, name]: Call): End {
    const mine = this.writer === thread;
    const free = this.writer < 0 && this.reads.every((reads) => reads === 0);
    if (name === "tryRead") {
      if (this.writer >= 0) return "busy";
      if (this.poisoned) return "poisoned";
      this.reads[thread]!++;
    } else if (name === "tryWrite" || name === "throw") {
      if (!free) return "busy";
      if (this.poisoned) return "poisoned";
      if (name === "throw") {
        this.poisoned = true;
        return "threw";
      }
      this.writer = thread;
    } else if (name === "unlockRead") {
      if (this.reads[thread] === 0) return "refused";
      this.reads[thread]!--;
    } else if (name === "unlockWrite" || name === "downgrade") {
      if (!mine) return "refused";
      this.writer = -1;
      if (name === "downgrade") this.reads[thread] = 1;
    } else if (name === "clearPoison") this.poisoned = false;
    else {
      this.reads[thread] = 0;
      if (mine) [this.writer, this.poisoned] = [-1, true];
    }
    return "done";
  }
}

function endOf(lock: RwLock, name: Exclude<Call[1], "lose">): End {
  try {
    if (name === "throw") {
      if (lock.tryWrite() === undefined) return "busy";
      lock.unlockWrite();
      lock.withWrite(() => {
        throw new SyntaxError();
      });
    }
    const answer = lock[name as Exclude<typeof name, "throw">]();
    return name.startsWith("try") && answer === undefined ? "busy" : "done";
  } catch (error) {
    if (error instanceof LockPoisonedError) return "poisoned";
    return error instanceof SyntaxError ? "threw" : "refused";
  }
}

Deno.test("RwLock does what a lock without threads does", TIMEOUT, () => {
  const call = fc.tuple(fc.nat(2), fc.constantFrom(...CALLS));
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls: Call[]) => {
      using stack = new DisposableStack();
      const { threads } = currentThread();
      const lock = new RwLock();
      const plain = new PlainRwLock();
      const join = () => {
        const { id } = stack.use(claimOther());
        return { id, lock: runAs(id, () => RwLock.from(lock.handle)) };
      };
      const crew = [join(), join(), join()];
      for (const [thread, name] of calls) {
        const { id, lock: theirs } = crew[thread]!;
        const expected = plain.call([thread, name]);
        if (name === "lose") {
          threads.markLost(id);
          crew[thread] = join();
          // Who comes next finds it.
          if (lock.tryRead({ evenIfPoisoned: true })) lock.unlockRead();
        } else {
          const end = runAs(id, () => endOf(theirs, name));
          assertEquals(end, expected, `${name} of ${thread}`);
        }
        assertEquals(lock.isPoisoned, plain.poisoned);
        assertEquals(lock.isWriteLocked, plain.writer >= 0);
        assertEquals(lock.readers, plain.reads.filter((n) => n > 0).length);
      }
    }),
    { numRuns: 300 },
  );
});

const STRESS = { timeout: 120_000 };

async function fights(
  workers: number,
  writeOneIn: number,
  asyncOneIn: number,
): Promise<RwLockOutcome[]> {
  const lock = new RwLock();
  const cell = new SharedArrayBuffer(8);
  const outcomes = await runWorkers<RwLockTask, RwLockOutcome>(
    "rw_lock_worker.ts",
    Array.from({ length: workers }, (_, k) => ({
      lock: lock.handle,
      cell,
      duration: 500,
      writeOneIn,
      asyncOneIn,
      seed: k + 1,
    })),
  );
  const view = new Int32Array(cell);
  const written = outcomes.reduce((sum, each) => sum + each.writes, 0);
  assertEquals([view[0], view[1]], [written, written]);
  for (const { reads, writes } of outcomes) assertGreater(reads + writes, 0);
  assertEquals(lock.readers, 0);
  assertFalse(lock.isWriteLocked);
  assertFalse(lock.isPoisoned);
  return outcomes;
}

Deno.test(
  "RwLock lets 2 workers read, and one write alone",
  STRESS,
  async () => {
    for (const { reads, writes } of await fights(2, 10, 0)) {
      assertGreater(reads, 0);
      assertGreater(writes, 0);
    }
  },
);

Deno.test(
  "RwLock lets one of 3 workers write alone, by any door",
  STRESS,
  async () => {
    await fights(3, 3, 4);
  },
);

Deno.test(
  "RwLock: neither readers nor writers are kept out for ever",
  STRESS,
  async () => {
    const lock = new RwLock();
    const cell = new SharedArrayBuffer(8);
    const common = {
      lock: lock.handle,
      cell,
      duration: 500,
      asyncOneIn: 0,
    };
    // Two of one kind, and one of the other.
    for (const many of [1, 0]) {
      const outcomes = await runWorkers<RwLockTask, RwLockOutcome>(
        "rw_lock_worker.ts",
        [many, many, 1 - many].map((writeOneIn, seed) => ({
          ...common,
          writeOneIn,
          seed: seed + 1,
        })),
      );
      for (const { reads, writes } of outcomes) {
        assertGreater(reads + writes, 1);
      }
    }
  },
);

Deno.test("RwLock.withWrite() may end as a read, and gives what the function gives", async () => {
  const lock = new RwLock();
  const downgrades = () => {
    lock.downgrade();
    return 7;
  };
  assertEquals(lock.withWrite(downgrades), 7);
  assertEquals(await lock.withWriteAsync(downgrades), 7);
  const error = new Error("mine");
  const fails = () => {
    lock.downgrade();
    throw error;
  };
  assertEquals(assertThrows(() => lock.withWrite(fails)), error);
  assertEquals(await assertRejects(() => lock.withWriteAsync(fails)), error);
  // Who reads leaves nothing half changed.
  assertFalse(lock.isPoisoned);
  assertEquals(lock.readers, 0);
  assertFalse(lock.isWriteLocked);
});

Deno.test("RwLock.write() spins less where spinning was in vain, however many other slots are empty", () => {
  const lock = new RwLock();
  using first = claimOther();
  using second = claimOther();
  // A thread has read, and one that has a slot behind it reads on.
  runAs(first.id, () => RwLock.from(lock.handle).withRead(() => {}));
  const theirs = runAs(second.id, () => {
    const theirs = RwLock.from(lock.handle);
    theirs.read();
    return theirs;
  });
  const { pause } = Atomics;
  const rounds: number[] = [];
  let count = 0;
  Atomics.pause = () => void count++;
  try {
    for (let k = 0; k < 8; k++) {
      count = 0;
      assertThrows(() => lock.write({ timeout: 1 }), DOMException);
      rounds.push(count);
    }
  } finally {
    Atomics.pause = pause;
  }
  runAs(second.id, () => theirs.unlockRead());
  assertGreater(rounds[0]!, 0);
  assertLess(rounds.at(-1)!, rounds[0]! / 2);
});
