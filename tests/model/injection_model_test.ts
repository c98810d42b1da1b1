/**
 * Model tests of threads that sleep while there are no unbound tasks: the
 * injection, the idle threads and the doorbell together. Bounds: all
 * interleavings of two threads; three within as many preemptions as are given.
 * A thread is lost in front of each of its atomic operations, without preemptions.
 *
 * Each worker takes one frame and is busy for ever: so nobody may count on it
 * any more, and every frame needs a worker of its own.
 */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { Doorbell, DOORBELL_SIZE } from "../../sync/mail/doorbell.ts";
import { IdleThreads, idleThreadsSize } from "../../sync/mail/idle_threads.ts";
import {
  partOf,
  privateWords,
  type SharedSlice,
  wordsOf,
} from "../../sync/memory/memory.ts";
import { Injection } from "../../workers/injection/injection.ts";
import type { InjectionHandle } from "../../workers/injection/injection_memory.ts";
import { NORMAL } from "../../sync/mail/injector.ts";
import { explore, ModelError, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { enter, lives, lose, makeCrew } from "./injector_program.ts";
import { mortal } from "./mortal.ts";
import { refuses } from "./futex_mutex.ts";

interface Module {
  readonly Injection: typeof Injection;
  /** How many processors the threads share. */
  readonly parallelism: number;
}

const SLOTS = 3;
const OBSERVER = 3;

interface Shared {
  readonly injection: InjectionHandle;
  readonly bells: SharedSlice;
  /** Not 0 once a worker has taken its frame, or was lost. */
  readonly said: SharedSlice;
}

function setup(): Shared {
  makeCrew();
  const injection = Injection.allocate(SLOTS, {
    places: 16,
    reserve: [1024, 1024],
  });
  const observer = observe(injection);
  for (let slot = 0; slot < SLOTS; slot++) observer.letTo(slot, 1);
  return {
    injection,
    bells: allocate(SLOTS * DOORBELL_SIZE),
    said: allocate(4),
  };
}

function observe(injection: InjectionHandle): Injection {
  const options = { slot: 0, wake: () => false, parallelism: 1 };
  return new Injection(injection, options);
}

/** A thread with a slot of the same number. */
class Member {
  readonly injection: Injection;
  readonly bell: Doorbell;
  readonly #slot: number;

  constructor(shared: Shared, slot: number, module: Module) {
    const { Injection, parallelism } = module;
    const bells = Array.from(
      { length: SLOTS },
      (_, k) => new Doorbell(partOf(shared.bells, k * DOORBELL_SIZE), SLOTS),
    );
    this.#slot = slot;
    this.bell = bells[slot]!;
    this.injection = new Injection(shared.injection, {
      slot,
      wake: (other) => {
        if (!lives(other)) return false;
        bells[other]!.ringForMail(slot);
        return true;
      },
      parallelism,
    });
  }

  /** Publishes frames with these numbers, in one step. */
  publish(...numbers: number[]): void {
    const words = privateWords(4);
    const bytes = new Uint8Array(words.buffer);
    for (const number of numbers) {
      words.set([this.#slot, 1, number]);
      this.injection.stage(NORMAL, { words, bytes }, 12);
    }
    assert(this.injection.publish());
  }

  /** Takes a frame, as soon as there is one. */
  takeOne(): number {
    const { injection, bell } = this;
    for (;;) {
      if (injection.taker.next()) {
        return injection.taker.words[(injection.taker.start >> 2) + 2]!;
      }
      if (injection.taker.arm(bell, "blocked")) {
        bell.sleep(Infinity);
        injection.taker.awake();
        bell.disarm();
      }
      bell.visitMail(() => {});
    }
  }
}

interface Options {
  readonly module: Module;
  readonly preemptions?: number;
}

/** Publishes, takes, or does the one and then the other. */
type Role = readonly number[] | "take" | readonly [readonly number[], "take"];

function publishedBy(role: Role): readonly number[] {
  if (role === "take") return [];
  const [first] = role;
  return typeof first === "object" ? first : role as readonly number[];
}

/** Some threads publish, others take one frame each: none sleeps for ever. */
function crew(roles: readonly Role[], options: Options): Program<Shared> {
  const published = roles.flatMap(publishedBy);
  return {
    enter,
    setup,
    threads: roles.map((role, slot) => (shared) => {
      const member = new Member(shared, slot, options.module);
      for (const number of publishedBy(role)) member.publish(number);
      const takes = role === "take" || role.at(-1) === "take";
      return takes ? member.takeOne() : undefined;
    }),
    check: (shared, results) => {
      enter(OBSERVER);
      const taken = results.filter((result) => result !== undefined);
      assertEquals(taken.toSorted(), published.toSorted());
      assertEquals(observe(shared.injection).size, 0);
    },
    timeouts: 0,
    preemptions: options.preemptions ?? Infinity,
  };
}

/** The same with frames of one thread that are published in one step. */
function batch(options: Options): Program<Shared> {
  const program = crew([[], "take", "take"], options);
  const { threads } = program;
  const publish = (shared: Shared) =>
    new Member(shared, 0, options.module).publish(1, 2);
  return {
    ...program,
    threads: [publish, ...threads.slice(1)],
    check: (_, [, ...taken]) => assertEquals(taken.toSorted(), [1, 2]),
  };
}

/**
 * A worker is lost anywhere. Who published the frame finds out; if the worker had
 * taken it, or still waits for one, another one is published.
 */
function losing(steps: number, { module, preemptions = 0 }: Options) {
  const say = ({ said }: Shared) => {
    Atomics.store(wordsOf(said, 1), 0, 1);
    Atomics.notify(wordsOf(said, 1), 0);
  };
  const seen = new Set<unknown>();
  const program: Program<Shared> = {
    enter,
    setup,
    threads: [
      (shared) => {
        const member = new Member(shared, 0, module);
        member.publish(1);
        Atomics.wait(wordsOf(shared.said, 1), 0, 0);
        const { injection } = member;
        if (!lives(1)) injection.recover();
        if (injection.takerOf(1) !== 0) member.publish(2);
      },
      (shared, thread) => {
        const body = (s: Shared) => new Member(s, 1, module).takeOne();
        const end = mortal(steps, body, lose)(shared, thread);
        say(shared);
        return end;
      },
      (shared) => {
        const number = new Member(shared, 2, module).takeOne();
        say(shared);
        return number;
      },
    ],
    check: (_, [, first, second]) => {
      assert(second === 1 || second === 2);
      assert(first !== second);
      seen.add(first);
    },
    timeouts: 0,
    expireTimeouts: [0, 1, 2],
    preemptions,
  };
  return { program, seen };
}

/** A thread that was lost asleep is claimed first. */
function lostAsleep(options: Options): Program<Shared> {
  const program = crew([[1], [], "take"], options);
  return {
    ...program,
    setup: () => {
      const shared = setup();
      const { buffer } = shared.injection;
      new IdleThreads({ buffer, byteOffset: 0 }, SLOTS).enter(1);
      lose(1);
      return shared;
    },
  };
}

/**
 * A thread that was about to sleep and found a frame, or slept and was woken, is
 * busy now.
 */
function busyFirst(options: Options, slept: boolean): Program<Shared> {
  const program = crew([[1], [], "take"], options);
  return {
    ...program,
    setup: () => {
      const shared = setup();
      enter(2);
      new Member(shared, 2, options.module).publish(9);
      enter(1);
      const { injection, bell } = new Member(shared, 1, options.module);
      assertFalse(injection.taker.arm(bell, "blocked"));
      assert(injection.taker.next());
      if (slept) {
        assert(injection.taker.arm(bell, "blocked"));
        injection.taker.awake();
        bell.disarm();
      }
      enter(OBSERVER);
      return shared;
    },
  };
}

async function losses(options: Options): Promise<Set<unknown>> {
  const all = new Set<unknown>();
  for (let steps = 0;; steps++) {
    const { program, seen } = losing(steps, options);
    await holds(program);
    for (const end of seen) all.add(end);
    if (!seen.has("lost")) return all;
  }
}

async function holds<S>(program: Program<S>): Promise<void> {
  const { complete } = await explore(program);
  assert(complete);
}

/** Mistakes, by the file. */
interface Mistakes {
  readonly injection?: readonly Edit[];
  readonly taker?: readonly Edit[];
  readonly takers?: readonly Edit[];
}

/** Where so many threads are woken at most; with mistakes. */
async function waking(
  most: number,
  { injection = [], taker = [], takers = [] }: Mistakes = {},
): Promise<Module> {
  const broken = await mutant<Omit<Module, "parallelism">>(
    "workers/injection/injection.ts",
    injection,
    {
      "workers/injection/takers.ts": takers,
      "workers/injection/frame_taker.ts": taker,
    },
  );
  return { Injection: broken.Injection, parallelism: most + 1 };
}

Deno.test("Injection: nobody sleeps while there is a frame", async () => {
  const module = await waking(1);
  await holds(crew([[1], "take"], { module }));
  await holds(crew([[1, 2], "take", "take"], { module, preemptions: 1 }));
});

Deno.test("Injection: nobody counts on a thread that is awake", async () => {
  const module = await waking(1);
  for (const slept of [false, true]) await holds(busyFirst({ module }, slept));
});

Deno.test("Injection: two publishers wake two threads", async () => {
  const module = await waking(1);
  // One of them takes as well.
  await holds(
    crew([[1], [[2], "take"], "take"], { module, preemptions: 1 }),
  );
});

Deno.test("Injection: frames that are published at once wake as many threads, one after the other or all", async () => {
  for (const most of [1, 8]) {
    await holds(batch({ module: await waking(most), preemptions: 1 }));
  }
});

Deno.test("Injection: a thread that is lost after it was woken keeps nobody asleep", async () => {
  const ends = await losses({ module: await waking(1) });
  assertEquals(ends, new Set(["lost", 1, 2]));
  await holds(lostAsleep({ module: await waking(1) }));
});

/** The checker finds a frame for which nobody was woken. */
async function findsSleepers(
  module: Module,
  program: (options: Options) => Program<Shared> = (options) =>
    crew([[1], "take"], options),
): Promise<void> {
  await refuses("deadlock", program({ module, preemptions: 1 }));
}

Deno.test("Injection: the checker finds a wake-up that comes before the frame", async () => {
  await findsSleepers(
    await waking(1, {
      injection: [
        [
          "const published = this.#publish(URGENT) + this.#publish(NORMAL);\n    if (published > 0) Atomics.add(this.#publications, 0, 1);\n    const all = this.staged === 0;\n    this.#takers.wakeSome(all ? published : this.#injector.size);",
          "this.#takers.wakeSome(this.staged);\n    this.#publish(URGENT);\n    this.#publish(NORMAL);\n    const all = true;",
        ],
      ],
    }),
  );
});

Deno.test("Injection: the checker finds a sleep without a second look", async () => {
  await findsSleepers(
    await waking(1, {
      taker: [[
        "if (!this.hasFrames || this.#isWaitedFor) return true;",
        "return true;",
      ]],
    }),
  );
});

Deno.test("Injection: the checker finds a thread that says only after its second look that it sleeps", async () => {
  await findsSleepers(
    await waking(1, {
      taker: [
        ["this.#takers.idle.enter(this.#slot);\n", ""],
        [
          "if (!this.hasFrames || this.#isWaitedFor) return true;",
          "if (!this.hasFrames) { this.#takers.idle.enter(this.#slot); return true; }",
        ],
      ],
    }),
  );
});

Deno.test("Injection: the checker finds frames that are left to one thread", async () => {
  const module = await waking(1, {
    taker: [
      ["if (!this.#injector.isEmpty) this.#takers.wakeSome(1);", ""],
    ],
  });
  await findsSleepers(module, batch);
  const blind = await waking(1, {
    takers: [["!this.idle.isEmpty || !this.blocked", "!this.blocked"]],
  });
  await findsSleepers(blind, batch);
});

Deno.test("Injection: the checker finds a thread that is counted on while it is busy", async () => {
  const awake = await waking(1, {
    taker: [
      [
        "awake(): void {\n    this.#takers.idle.leave(this.#slot);",
        "awake(): void {",
      ],
    ],
  });
  await findsSleepers(awake, (options) => busyFirst(options, true));
  const armed = await waking(1, {
    taker: [
      [
        "bell.disarm();\n    }\n    this.#takers.idle.leave(this.#slot);",
        "bell.disarm();\n    }",
      ],
    ],
  });
  await findsSleepers(armed, (options) => busyFirst(options, false));
});

Deno.test("Injection: the checker finds a loss after which nobody is woken", async () => {
  const module = await waking(1, {
    injection: [
      [
        "settle();\n    this.#takers.wakeSome(this.#injector.size);",
        "settle();",
      ],
    ],
  });
  await assertRejects(() => losses({ module }), ModelError);
});

Deno.test("Injection: the checker finds a wake-up that ends with a lost thread", async () => {
  const module = await waking(1, {
    takers: [
      ["} while (!this.#wake(slot));", "} while (!this.#wake(slot) && false);"],
    ],
  });
  await findsSleepers(module, lostAsleep);
});

/** Two threads that claim, and one that goes to sleep and wakes again. */
function claims(Idle: typeof IdleThreads): Program<SharedSlice> {
  return {
    enter,
    setup: () => {
      makeCrew();
      const slice = allocate(idleThreadsSize(64));
      const idle = new IdleThreads(slice, 64);
      idle.enter(3);
      idle.enter(40);
      return slice;
    },
    threads: [
      (slice) => new Idle(slice, 64).claim(3),
      (slice) => new Idle(slice, 64).claim(3),
      (slice) => {
        const idle = new Idle(slice, 64);
        idle.enter(5);
        return idle.leave(5);
      },
    ],
    check: (slice, [first, second, left]) => {
      const rest: number[] = [];
      const idle = new IdleThreads(slice, 64);
      for (let slot = idle.claim(0); slot >= 0; slot = idle.claim(0)) {
        rest.push(slot);
      }
      const all = [first, second, ...rest] as number[];
      assertEquals(
        all.toSorted((a, b) => a - b),
        left ? [3, 40] : [3, 5, 40],
      );
    },
    preemptions: Infinity,
  };
}

Deno.test("IdleThreads: a thread is claimed once, or leaves", async () => {
  await holds(claims(IdleThreads));
});

Deno.test("IdleThreads: the checker finds threads that are claimed twice, or forgotten", async () => {
  const edits: Edit[] = [
    [
      "if ((Atomics.and(this.#words, word, ~bit) & bit) !== 0) {",
      "Atomics.and(this.#words, word, ~bit); {",
    ],
    [
      "return (Atomics.and(this.#words, slot >>> 5, ~bit) & bit) !== 0;",
      "Atomics.and(this.#words, slot >>> 5, ~bit); return true;",
    ],
    [
      "Atomics.or(this.#words, slot >>> 5, 1 << (slot & 31));",
      "const was = Atomics.load(this.#words, slot >>> 5); Atomics.store(this.#words, slot >>> 5, was | 1 << (slot & 31));",
    ],
  ];
  for (const edit of edits) {
    const { IdleThreads } = await mutant<
      typeof import("../../sync/mail/idle_threads.ts")
    >("sync/mail/idle_threads.ts", [edit]);
    await refuses("exception", claims(IdleThreads));
  }
});

/** A frame is published and taken, while a third thread has to do with it too. */
function meddling(
  { module, preemptions = 1 }: Options,
  meddle: (member: Member) => void,
): Program<Shared> {
  return {
    enter,
    setup,
    threads: [
      (shared) => new Member(shared, 0, module).publish(1),
      (shared) => meddle(new Member(shared, 1, module)),
      (shared) => new Member(shared, 2, module).takeOne(),
    ],
    check: (_, [, , taken]) => assertEquals(taken, 1),
    timeouts: 0,
    preemptions,
  };
}

/** A thread that spins gives that up for something else; another one sleeps. */
function spinning(options: Options): Program<Shared> {
  return meddling(options, ({ injection: { taker } }) => {
    taker.spins();
    // Mail came, or its turn is over.
    taker.stopsSpinning();
  });
}

/** What a thread in a join does: it can run tasks with even numbers only. */
function serveBlocked({ injection, bell }: Member): number {
  for (;;) {
    const seen = injection.publications;
    for (
      let left = injection.size;
      left > 0 && injection.taker.next();
      left--
    ) {
      const number = injection.taker.words[(injection.taker.start >> 2) + 2]!;
      if (number % 2 === 0) return number;
      assert(injection.taker.giveBack(NORMAL));
    }
    if (injection.taker.armBlocked(bell, seen)) {
      bell.sleep(Infinity);
      bell.disarm();
      injection.taker.awakeBlocked();
    }
    bell.visitMail(() => {});
  }
}

/** One thread is in a join, and can run what another one publishes. */
function joining({ module, preemptions = 1 }: Options): Program<Shared> {
  return {
    enter,
    setup,
    threads: [
      (shared) => new Member(shared, 0, module).publish(2),
      (shared) => serveBlocked(new Member(shared, 1, module)),
    ],
    check: (_, [, taken]) => assertEquals(taken, 2),
    timeouts: 0,
    preemptions,
  };
}

Deno.test("Injection: nobody sleeps while there is a frame that a spinning thread leaves", async () => {
  await holds(spinning({ module: await waking(1) }));
});

Deno.test("Injection: the checker finds a spinning thread that is counted on and goes", async () => {
  for (
    const edit of [
      [
        "this.#takers.spinning.leave(this.#slot);\n    this.passOn();",
        "this.#takers.spinning.leave(this.#slot);",
      ],
      [
        "this.#takers.spinning.leave(this.#slot);\n    this.passOn();",
        "this.passOn();\n    this.#takers.spinning.leave(this.#slot);",
      ],
    ] as const
  ) {
    await refuses(
      "deadlock",
      spinning({ module: await waking(1, { taker: [edit] }), preemptions: 2 }),
    );
  }
});

Deno.test("Injection: a thread in a join is woken for what it can run", async () => {
  await holds(joining({ module: await waking(1), preemptions: 3 }));
});

/** Two frames, for a thread that is free and one in a join: the first wakes the other. */
function freeAndJoining({ module, preemptions = 1 }: Options): Program<Shared> {
  return {
    enter,
    setup,
    threads: [
      (shared) => new Member(shared, 0, module).publish(2, 4),
      (shared) => new Member(shared, 1, module).takeOne(),
      (shared) => serveBlocked(new Member(shared, 2, module)),
    ],
    check: (_, [, ...taken]) => assertEquals(taken.toSorted(), [2, 4]),
    timeouts: 0,
    preemptions,
  };
}

Deno.test("Injection: who takes a frame wakes a thread in a join for the next one", async () => {
  await holds(freeAndJoining({ module: await waking(1) }));
  const takers: Edit[] = [[" || !this.blocked.isEmpty", ""]];
  const blind = await waking(1, { takers });
  await refuses("deadlock", freeAndJoining({ module: blind }));
});

Deno.test("Injection: the checker finds a thread in a join that sleeps through a frame", async () => {
  for (
    const mistakes of [
      { taker: [["if (this.publications === seen && bell", "if (bell"]] },
      {
        taker: [["    this.#takers.blocked.enter(this.#slot);\n", ""]],
      },
      {
        injection: [[
          "if (published > 0) Atomics.add(this.#publications, 0, 1);",
          "",
        ]],
      },
    ] as const
  ) {
    await refuses(
      "deadlock",
      joining({ module: await waking(1, mistakes), preemptions: 2 }),
    );
  }
});

/** A frame is given back while a thread sleeps that can run it. */
function givingBack(options: Options): Program<Shared> {
  return meddling(options, ({ injection: { taker } }) => {
    if (taker.next()) assert(taker.giveBack(NORMAL));
  });
}

Deno.test("Injection.giveBack() wakes a thread that can run the task", async () => {
  await holds(givingBack({ module: await waking(1) }));
  await refuses(
    "deadlock",
    givingBack({
      module: await waking(1, {
        taker: [["this.#takers.wakeSome(1, true);", ""]],
      }),
    }),
  );
});
