/**
 * Model tests of the injector and its task cells. Bounds: two threads in all
 * interleavings, three within two preemptions, or one where a thread is lost; segments of eight words, so that
 * frames cross their ends; counts from 0 and near the end of their 30 bits. A
 * thread is lost in front of each of its atomic operations.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import {
  BUSY,
  NORMAL,
  type Priority,
  URGENT,
} from "../../sync/mail/injector.ts";
import { TaskCells, taskCellsSize } from "../../sync/mail/task_cells.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { explore, ModelError, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import {
  enter,
  idOf,
  type InjectorModule,
  injectorWith,
  lives,
  lose,
  makeCrew,
  OBSERVER,
  ORIGINAL,
  type Shared,
  type Start,
  TENANT,
  User,
} from "./injector_program.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import { wherever } from "./lock_program.ts";

type Call =
  | readonly ["push", Priority, readonly number[]]
  | readonly ["take", number];

interface Options extends Start {
  readonly module?: InjectorModule;
  readonly preemptions?: number;
}

const push = (...numbers: number[]): Call => ["push", NORMAL, numbers];
const TAKE: Call = ["take", 1];
const TAKE_MANY: Call = ["take", 16];

function callOn(user: User, call: Call): unknown {
  if (call[0] === "push") return user.push(call[1], call[2]);
  const taken = user.take(call[1]);
  return user.wasBusy ? BUSY : taken;
}

/** What one lane does, one call at a time. */
function laneWith(
  frames: readonly number[],
): SequentialModel<readonly number[], unknown, unknown> {
  return {
    init: frames,
    step: (state, input) => {
      const call = input as Call;
      if (call[0] === "push") {
        return { state: [...state, ...call[2]], output: call[2].length };
      }
      const fair = Math.min(call[1], 1 + Math.floor(state.length / 2));
      return { state: state.slice(fair), output: state.slice(0, fair) };
    },
  };
}

/** Threads that use one lane; every history is that of a queue, rest included. */
function queue(
  threads: readonly (readonly Call[])[],
  options: Options = {},
): Program<Shared> {
  return {
    enter,
    setup: () => injectorWith(options),
    threads: threads.map((calls) => (shared, thread) => {
      const user = new User(shared, options.module);
      for (const call of calls) thread.call(call, () => callOn(user, call));
    }),
    check: (shared, _, history) => {
      enter(OBSERVER);
      const user = new User(shared);
      const { size } = user.injector;
      const calls = history.filter(({ output }) => output !== BUSY);
      const drained = user.drain();
      assertEquals(drained.length, size);
      const end = 1e9;
      const rest = drained.map((number, k) => ({
        call: end + 2 * k,
        ret: end + 2 * k + 1,
        input: TAKE,
        output: [number],
      }));
      assert(
        linearizable([...calls, ...rest], laneWith(options.normal ?? [])),
        JSON.stringify([...calls, ...rest]),
      );
    },
    timeouts: 0,
    preemptions: options.preemptions ?? Infinity,
  };
}

async function holds<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

Deno.test("Injector: one thread pushes batches while another one takes", async () => {
  await holds(queue([[push(1, 2), push(3)], [TAKE, TAKE]]));
  await holds(queue([[push(4, 5)], [TAKE, TAKE_MANY]], { normal: [1, 2, 3] }));
});

Deno.test("Injector: two threads take, or two push: each frame once, in order", async () => {
  await holds(queue([[TAKE, TAKE], [TAKE_MANY]], { normal: [1, 2, 3] }));
  await holds(queue([[push(1, 2)], [push(3), TAKE]]));
});

/** A thread looks while another one takes a frame, and there is always one more. */
function looking(module?: InjectorModule): Program<Shared> {
  return {
    enter,
    setup: () => injectorWith({ normal: [1] }),
    threads: [
      (shared) => assert(!new User(shared, module).injector.isEmpty, "none"),
      (shared) => {
        const user = new User(shared);
        user.push(NORMAL, [2]);
        user.take();
      },
    ],
    check: (shared) => {
      const user = new User(shared);
      assert(!user.injector.isEmpty);
      assertEquals(user.drain(), [2]);
      assert(user.injector.isEmpty);
    },
    timeouts: 0,
  };
}

Deno.test("Injector.isEmpty is not true while there is always a frame", async () => {
  await holds(looking());
});

Deno.test("Injector: the checker finds a look at what was pushed before what was taken", async () => {
  const module = await mutant<InjectorModule>("sync/mail/injector.ts", [], {
    "sync/channel/segment_tail.ts": [[
      `const popped = Atomics.load(this.#words, POPPED);
    return (Atomics.load(this.#words, PUSHED) ^ popped) >>> 2 === 0;`,
      `const pushed = Atomics.load(this.#words, PUSHED);
    return (pushed ^ Atomics.load(this.#words, POPPED)) >>> 2 === 0;`,
    ]],
    "sync/channel/frame_chain.ts": [],
    "sync/mail/injector_lane.ts": [],
  });
  await refuses("exception", looking(module));
});

Deno.test("Injector: three threads push and take", async () => {
  const preemptions = 2;
  await holds(
    queue([[push(3, 4)], [TAKE], [TAKE_MANY]], { normal: [1], preemptions }),
  );
});

Deno.test("Injector: counts pass the end of their 30 bits in the middle of a batch", async () => {
  for (const start of [-1, -2, 2 ** 29 - 2]) {
    await holds(
      queue([[push(2, 3, 5)], [TAKE_MANY, TAKE]], { start, normal: [1] }),
    );
  }
});

Deno.test("Injector: urgent frames that were there before are taken first, each frame once", async () => {
  await holds<Shared>({
    enter,
    setup: () => injectorWith({ normal: [1] }),
    threads: [
      (shared) => {
        const user = new User(shared);
        user.push(URGENT, [2]);
        return [user.take(), user.take()].flat();
      },
      (shared) => {
        const user = new User(shared);
        return [user.take(), user.take()].flat();
      },
    ],
    check: (shared, results) => {
      enter(OBSERVER);
      const [first, second] = results as number[][];
      const rest = new User(shared).drain();
      const all = [...first!, ...second!, ...rest];
      assertEquals(all.toSorted(), [1, 2]);
      // Whoever takes after its own urgent push finds that one, or it is gone.
      if (first!.length === 2) assertEquals(first, [2, 1]);
    },
    timeouts: 0,
  });
});

/** What the owner of tasks says of them after a thread was lost. */
interface Verdict {
  /** Whether the thread was lost by then. */
  readonly found: boolean;
  /** The tasks that it had taken, as far as the cells say. */
  readonly started: readonly number[];
}

const FRAMES = [1, 2, 3, 5, 6];

/**
 * One thread takes and is lost, the owner of the tasks decides what has become of
 * them, and a third one takes too.
 */
function losing(
  stopsAt: number,
  dying: Call,
  third: readonly Call[] | undefined,
  { module, normal = FRAMES, preemptions = 2 }: Options,
): Program<Shared> & { readonly ends: Set<string> } {
  const ends = new Set<string>();
  const taker = mortal<Shared>(
    stopsAt,
    (shared) => callOn(new User(shared, module), dying),
    lose,
  );
  const all = dying[0] === "push" && dying[1] === NORMAL
    ? [...normal, ...dying[2]]
    : normal;
  const started = (user: User) =>
    all.filter((number) => user.cellsOf(0).takerOf(number) === idOf(0));
  return {
    ends,
    enter,
    setup: () => injectorWith({ normal }),
    threads: [
      taker,
      (shared): Verdict => {
        const user = new User(shared, module);
        if (lives(0)) return { found: false, started: [] };
        user.injector.settle();
        return { found: true, started: started(user) };
      },
      ...third === undefined ? [] : [
        (shared: Shared) => {
          const user = new User(shared, module);
          return third.flatMap((call) => callOn(user, call) as number[]);
        },
      ],
    ],
    check: (shared, [taken, verdict, others = []]) => {
      enter(OBSERVER);
      const user = new User(shared, module);
      const isLost = taken === "lost";
      if (isLost) user.injector.settle();
      const its = started(user);
      const rest = user.drain();
      const { found, started: said } = verdict as Verdict;
      // What was decided once stays so.
      if (found) assertEquals(said, its);
      if (!isLost && dying[0] === "take") assertEquals(its, taken);
      const seen = [...its, ...others as number[], ...rest];
      const pushed = dying[0] === "push" && seen.length > normal.length;
      // Each task once; of a batch all, or nothing.
      assertEquals(seen.toSorted(), pushed ? all : normal);
      if (dying[0] === "push" && !isLost) assert(pushed);
      // All works as before.
      assertEquals(user.push(NORMAL, [9, 10]), 2);
      assertEquals(user.drain(), [9, 10]);
      ends.add(isLost ? `stopped ${its.length} ${pushed}` : "done");
    },
    timeouts: 0,
    expireTimeouts: [0, 1, 2],
    preemptions,
  };
}

/** Loses the thread before each of its operations in turn. */
function losses(
  dying: Call,
  third?: readonly Call[],
  options: Options = {},
): Promise<Set<string>> {
  return wherever(async (stopsAt) => {
    const program = losing(stopsAt - 1, dying, third, options);
    await holds(program);
    return [...program.ends];
  });
}

Deno.test("Injector: of a taker lost at any step each task is in the queue, or taken by it as its cell says", async () => {
  const preemptions = Infinity;
  const one = await losses(TAKE, undefined, { preemptions });
  assertEquals([...one].sort(), ["done", "stopped 0 false", "stopped 1 false"]);
  const many = await losses(TAKE_MANY, undefined, { preemptions });
  assertEquals([...many].sort(), [
    "done",
    "stopped 0 false",
    "stopped 3 false",
  ]);
});

Deno.test("Injector: another thread takes after the lost one, and names itself", async () => {
  const preemptions = 1;
  await losses(TAKE_MANY, [TAKE], { preemptions });
  await losses(TAKE, [TAKE_MANY], { preemptions });
});

Deno.test("Injector: of a pusher lost at any step all frames of a batch are there, or none", async () => {
  const ends = await losses(push(7, 8), [TAKE], {
    normal: [1, 2],
    preemptions: 1,
  });
  assertEquals([...ends].sort(), ["done", "stopped 0 false", "stopped 0 true"]);
});

/**
 * A thread ends anywhere in a call, and only the other one can find that out:
 * once its own calls have returned.
 */
function unnoticed(stopsAt: number, dying: Call, module = ORIGINAL) {
  const ends = new Set<string>();
  const program: Program<Shared & { readonly over: SharedSlice }> = {
    enter,
    setup: () => ({
      ...injectorWith({ normal: [1, 2] }),
      over: allocate(4),
    }),
    threads: [
      (shared, thread) => {
        const body = () => callOn(new User(shared), dying);
        const end = mortal(stopsAt - 1, body, () => {})(shared, thread);
        Atomics.store(wordsOf(shared.over, 1), 0, 1);
        Atomics.notify(wordsOf(shared.over, 1), 0);
        return end;
      },
      (shared) => {
        const user = new User(shared, module);
        const pushed = user.push(NORMAL, [3]);
        const taken = user.take();
        Atomics.wait(wordsOf(shared.over, 1), 0, 0);
        lose(0);
        assert(user.injector.settle());
        if (pushed === BUSY) assertEquals(user.push(NORMAL, [3]), 1);
        const its = [1, 2, 3].filter((number) =>
          user.cellsOf(0).takerOf(number) === idOf(0)
        );
        return [...its, ...taken, ...user.drain()];
      },
    ],
    check: (_, [first, second]) => {
      const all = dying[0] === "take" ? [] : dying[2];
      const seen = (second as number[]).filter((n) => !all.includes(n));
      assertEquals(seen.toSorted(), [1, 2, 3]);
      ends.add(first === "lost" ? "stopped" : "done");
    },
    timeouts: 0,
    expireTimeouts: [1],
  };
  return { program, ends };
}

Deno.test("Injector: a thread that ended in the middle of a call, and was not marked yet, holds nobody up", async () => {
  for (const dying of [TAKE_MANY, push(5, 6)]) {
    await wherever(async (stopsAt) => {
      const { program, ends } = unnoticed(stopsAt, dying);
      await holds(program);
      return [...ends];
    });
  }
});

Deno.test("Injector: calls that wait for a lock in vain change nothing", async () => {
  const timeouts = 1;
  await holds({ ...queue([[push(4)], [push(5)]]), timeouts });
  await holds({ ...queue([[TAKE], [TAKE]], { normal: [1, 2] }), timeouts });
});

/**
 * A thread takes a task of an owner that is gone, while its slot is given to a
 * new one, whose task of the same number a third thread takes.
 */
function tenants(module: InjectorModule = ORIGINAL): Program<Shared> {
  return {
    enter,
    setup: () => injectorWith({ normal: [1] }),
    threads: [
      (shared) => new User(shared, module).take(),
      (shared) => {
        const user = new User(shared, module);
        user.cellsOf(0).letTo(TENANT + 1);
        user.injector.pass();
        user.push(URGENT, [1], TENANT + 1);
      },
      (shared) => new User(shared, module).take(),
    ],
    check: (shared, [first, , second]) => {
      enter(OBSERVER);
      const user = new User(shared, module);
      const taker = user.cellsOf(0).takerOf(1);
      const rest = user.drain();
      const handed = [first, second, rest] as number[][];
      // The new one is handed out once. The old one may have been before.
      const count = handed.flat().length;
      assert(count === 1 || count === 2, `${count} handed out`);
      if (rest.length === 1) assertEquals(taker, 0);
      else if (count === 1) {
        assertEquals(taker, idOf((first as number[]).length === 1 ? 0 : 2));
      } else assert(taker === idOf(0) || taker === idOf(2));
    },
    timeouts: 0,
    preemptions: 2,
  };
}

Deno.test("Injector: frames of a former owner mark nothing of the new one", async () => {
  await holds(tenants());
});

Deno.test("TaskCells.isCancelled() is asked while the owner cancels and goes on", async () => {
  // The place of task 1 is that of task 17.
  await holds<Shared>({
    enter,
    setup: () => injectorWith({}),
    threads: [
      (shared) => {
        const cells = new User(shared).cellsOf(0);
        cells.begin(1);
        cells.cancel(1);
        cells.begin(17);
      },
      (shared) => new User(shared).cellsOf(0).isCancelled(17),
    ],
    check: (shared, [, isCancelled]) => {
      assertEquals(isCancelled, false);
      assertEquals(new User(shared).cellsOf(0).isCancelled(1), false);
    },
    timeouts: 0,
  });
});

/** The owner asks who has a task while it is taken, from whose place another was before. */
function asked(Cells: typeof TaskCells): Program<SharedSlice> {
  const cellsIn = (slice: SharedSlice) => new Cells(slice, 16);
  return {
    enter,
    setup: () => {
      makeCrew();
      const slice = allocate(taskCellsSize(16));
      const cells = cellsIn(slice);
      cells.begin(1);
      cells.take(1, idOf(1));
      cells.begin(17);
      return slice;
    },
    threads: [
      (slice) => cellsIn(slice).takerOf(17),
      (slice) => cellsIn(slice).take(17, idOf(2)),
    ],
    check: (slice, [taker]) => {
      assert(taker === 0 || taker === idOf(2), `${taker} never took it`);
      assertEquals(cellsIn(slice).takerOf(17), idOf(2));
    },
    timeouts: 0,
  };
}

Deno.test("TaskCells.takerOf() names nobody who took an earlier task", async () => {
  await holds(asked(TaskCells));
});

Deno.test("TaskCells: the checker finds a task that is named before its taker, and asked about in that order", async () => {
  const named = await mutant<{ readonly TaskCells: typeof TaskCells }>(
    "sync/mail/task_cells.ts",
    [[
      "// As a rule it took the task before, too; and a load is quicker.",
      "Atomics.store(this.#words, at + TAKEN, number);",
    ]],
  );
  await assertRejects(() => holds(asked(named.TaskCells)), ModelError);
  const late = await mutant<{ readonly TaskCells: typeof TaskCells }>(
    "sync/mail/task_cells.ts",
    [[
      `return Atomics.load(this.#words, at + TAKEN) === number
      ? Atomics.load(this.#words, at + TAKER)
      : 0;`,
      `const taker = Atomics.load(this.#words, at + TAKER);
    return Atomics.load(this.#words, at + TAKEN) === number ? taker : 0;`,
    ]],
  );
  await assertRejects(() => holds(asked(late.TaskCells)), ModelError);
});

/** An injector with mistakes. */
async function broken(
  edits: readonly Edit[],
  injector: readonly Edit[] = [],
): Promise<InjectorModule> {
  return await mutant<InjectorModule>("sync/mail/injector.ts", injector, {
    "sync/mail/injector_lane.ts": edits,
  });
}

/** The checker finds what becomes of tasks when their taker is lost. */
async function findsLoss(
  module: InjectorModule,
  third?: readonly Call[],
): Promise<void> {
  await assertRejects(() => losses(TAKE_MANY, third, { module }), ModelError);
}

Deno.test("Injector: the checker finds a mark that is made after the frame is taken", async () => {
  const module = await broken([
    [
      "if (this.#marks.mark(frame[at]!, frame[at + 1]!, frame[at + 2]!)) {",
      "{",
    ],
    [
      "head.commit(head.at, taken);",
      `head.commit(head.at, taken);
      for (into.rewind(); into.next();) {
        const at = into.start >> 2;
        this.#marks.mark(into.words[at]!, into.words[at + 1]!, into.words[at + 2]!);
      }
      into.rewind();`,
    ],
  ]);
  await findsLoss(module);
});

Deno.test("Injector: the checker finds marks that nobody repairs", async () => {
  await findsLoss(await broken([], [["cells.putBack(number)", "{}"]]));
});

Deno.test("Injector: the checker finds a repair of the first frame only", async () => {
  const module = await broken([
    ["Math.min(head.size, MOST_AT_ONCE)", "Math.min(head.size, 1)"],
  ]);
  await findsLoss(module);
});

Deno.test("Injector: the checker finds a repair that loses its place in the chain", async () => {
  const module = await broken([
    ["this.#skip(wordsOfBytes(length) - 3)", "this.#skip(1)"],
  ]);
  await findsLoss(module);
});

Deno.test("Injector: the checker finds calls that wait for as long as it takes", async () => {
  const module = await broken([
    ["evenIfPoisoned: true, timeout: 5 }", "evenIfPoisoned: true }"],
  ]);
  await assertRejects(() =>
    wherever(async (stopsAt) => {
      const { program, ends } = unnoticed(stopsAt, TAKE, module);
      await holds(program);
      return [...ends];
    }), ModelError);
});

Deno.test("Injector: the checker finds frames that are counted as one", async () => {
  const taken = await broken([
    ["head.commit(head.at, taken);", "head.commit(head.at);"],
  ]);
  const options = { normal: [1, 2, 3] };
  await refuses(
    "exception",
    queue([[TAKE_MANY], [TAKE]], { ...options, module: taken }),
  );
  const pushed = await broken([
    ["tail.commit(tail.at, count);", "tail.commit(tail.at);"],
  ]);
  await refuses(
    "exception",
    queue([[push(1, 2)], [TAKE, TAKE]], { module: pushed }),
  );
});

Deno.test("Injector: the checker finds frames that are added before they are written", async () => {
  const module = await broken([
    ["copyWordsIn(this.words, this.bytes, tail, batch, end);\n", ""],
    [
      "tail.commit(tail.at, count);",
      `const { at } = tail;
       tail.commit(at + (end >> 2), count);
       copyWordsIn(this.words, this.bytes, tail, batch, end);`,
    ],
  ]);
  await refuses("data race", queue([[push(4)], [TAKE]], { module }));
});

Deno.test("Injector: the checker finds frames that are read after they are taken", async () => {
  const module = await broken([
    [
      "copyWordsOut(into, head, words, this.bytes, size, into.end);",
      "head.at += size >> 2;",
    ],
    [
      "head.commit(head.at, taken);",
      `const { at } = head;
       head.commit(at, taken);
       head.leave();
       head.at = at - 6;
       copyWordsOut(into, head, words, this.bytes, 24, into.end);
       head.enter();`,
    ],
  ]);
  await assertRejects(() =>
    explore(queue([[push(4, 8), push(4, 8)], [TAKE, TAKE]], { module }))
  );
});

Deno.test("Injector: the checker finds a slot that is given away while a frame of it is taken", async () => {
  const module = await broken([
    ["if (this.head.enter(SOON)) this.head.leave();", ""],
  ]);
  await refuses("exception", tenants(module));
});

Deno.test("Injector: the checker finds frames of former owners that are handed out", async () => {
  const module = await broken([], [
    ["if (!cells.isLetTo(tenant)) return false;", ""],
  ]);
  await refuses("exception", tenants(module));
});
