/**
 * Model tests of `Channel`, with every kind of store. Bounds: two threads that
 * send, receive and close, within 1 or 2 preemptions, with the stores that have
 * model tests of their own mostly within none; three within 1 or 2 preemptions; a thread
 * lost in front of any of its operations (of every seventh, with stores that have
 * such tests of their own), without preemptions besides.
 */

import { assert, assertEquals } from "@std/assert";
import {
  Channel,
  ChannelClosedError,
  type ChannelHandle,
  type ChannelOptions,
  type Sender,
} from "../../sync/channel/mod.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread, Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
  markLost,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/channel/channel.ts"), "Channel">;
const ORIGINAL: Module = { Channel };

const ARRAY: ChannelOptions = { capacity: 1 };
const SINGLE: ChannelOptions = { capacity: 1, single: true };
const SEGMENTS: ChannelOptions = { reserve: 1024 };
const RENDEZVOUS: ChannelOptions = { capacity: 0 };

/** Every kind of store; those under a lock take many steps. */
const FLAVORS = [
  { name: "array", options: ARRAY, preemptions: 1 },
  { name: "single", options: SINGLE, preemptions: 1 },
  { name: "segments", options: SEGMENTS, preemptions: 0 },
  { name: "rendezvous", options: RENDEZVOUS, preemptions: 0 },
] as const;

let crew: CurrentThread[] = [];

type Body = (channel: Channel<number>, thread: ModelThread) => unknown;

interface Scene {
  readonly options: ChannelOptions;
  readonly threads: readonly Body[];
  /** What is done before, by the first thread. */
  readonly before?: (channel: Channel<number>) => void;
  readonly check: (
    results: readonly unknown[],
    channel: Channel<number>,
    history: readonly unknown[],
  ) => void;
  readonly module?: Module;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: readonly number[];
  /** The first thread is lost after so many operations. */
  readonly lost?: number;
}

function scene(
  scene: Scene,
): Ending<ChannelHandle> {
  const { module = ORIGINAL, lost } = scene;
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const { handle } = new module.Channel<number>("i32", scene.options);
      becomeThread(crew[0]!);
      scene.before?.(module.Channel.from(handle));
      return handle;
    },
    threads: scene.threads.map((role, k) => {
      const body = (handle: ChannelHandle, thread: ModelThread) =>
        role(module.Channel.from(handle), thread);
      if (k > 0 || lost === undefined) return body;
      return mortal(
        lost,
        body,
        (thread) => markLost(crew[thread]!),
      );
    }),
    check: (handle, results, history) => {
      becomeThread(crew[3]!);
      scene.check(results, module.Channel.from(handle), history);
      ends.add(JSON.stringify(results));
    },
    maxSteps: 3000,
    timeouts: scene.timeouts ?? 0,
    expireTimeouts: scene.expireTimeouts ?? [],
    preemptions: scene.preemptions ?? 2,
  };
}

/** Sends; says of each value whether it was sent. */
function sendTo(tx: Sender<number>, values: readonly number[]): unknown[] {
  return values.map((value) => {
    try {
      tx.send(value);
      return value;
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
      assertEquals(error.value, value);
      return "closed";
    }
  });
}

function sends(...values: number[]): Body {
  return (channel) => {
    let tx: Sender<number>;
    try {
      tx = channel.sender();
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
      return values.map(() => "closed");
    }
    const sent = sendTo(tx, values);
    tx.close();
    return sent;
  };
}

/** Everything until there is no more; and there is no more after that. */
function receives(channel: Channel<number>): unknown[] {
  const rx = channel.receiver();
  const all = [...rx];
  try {
    rx.recv();
  } catch (error) {
    if (error instanceof ChannelClosedError) return all;
    throw error;
  }
  throw new Error("a message after the end");
}

const nameOf = (error: unknown) => (error as Error).name;

const sentOf = (result: unknown) =>
  (result as unknown[]).filter((value) => typeof value === "number");

for (const { name, options, preemptions } of FLAVORS) {
  // Stores under a lock lose threads in tests of their own.
  const stride = preemptions === 0 ? 7 : 1;

  Deno.test(`Channel ${name}: receivers get all that was sent, then learn of the end (U6)`, async () => {
    await explored(scene({
      options,
      preemptions,
      threads: [sends(1, 2), receives],
      check: ([sent, received]) => {
        assertEquals(sent, [1, 2]);
        assertEquals(received, [1, 2]);
      },
    }));
  });

  Deno.test(`Channel.close() ${name}: what was sent is received, what was not is told (U6, U18)`, async () => {
    await holds(scene({
      options,
      preemptions: 1,
      threads: [
        preemptions === 0 ? sends(1) : sends(1, 2),
        receives,
        (channel) => channel.close(),
      ],
      check: ([sent, received]) => {
        assertEquals(sentOf(sent), received);
      },
    }));
  });

  Deno.test(`Channel ${name}: senders get their message back when the receivers are gone (U6)`, async () => {
    const program = scene({
      options,
      preemptions,
      threads: [
        sends(1, 2, 3),
        (channel) => {
          const rx = channel.receiver();
          const first = rx.recv();
          rx.close();
          return first;
        },
      ],
      check: ([sent, first]) => {
        const all = sent as unknown[];
        assertEquals([all[0], first], [1, 1]);
        const end = all.indexOf("closed");
        // Once closed, closed for ever.
        assert(end < 0 || all.slice(end).every((value) => value === "closed"));
      },
    });
    // Without preemptions it ends in one way only.
    if (preemptions === 0) await explored(program);
    else await holds(program);
  });

  Deno.test(`Channel ${name}: an aborted receive takes nothing from others`, async () => {
    await holds(scene({
      options,
      preemptions,
      threads: [
        sends(1),
        async (channel, thread) => {
          const rx = channel.receiver();
          const signal = thread.signal();
          try {
            const first = await rx.recvAsync({ signal });
            return [first, await rx.recvAsync().catch(nameOf)];
          } catch (error) {
            if (nameOf(error) === "ChannelClosedError") throw error;
            return ["aborted", await rx.recvAsync()];
          }
        },
      ],
      check: ([sent, received]) => {
        assertEquals(sent, [1]);
        const [first, second] = received as unknown[];
        if (first === "aborted") assertEquals(second, 1);
        else assertEquals([first, second], [1, "ChannelClosedError"]);
      },
    }));
  });

  Deno.test(`Channel ${name}: a sender lost at any step ends the channel after what it sent`, async () => {
    await losing(stride, (steps) =>
      scene({
        options,
        preemptions: 0,
        threads: [
          (channel, thread) => {
            const tx = channel.sender();
            return dying(steps, thread, () => {
              const sent = sendTo(tx, [1]);
              tx.close();
              return sent;
            });
          },
          receives,
        ],
        check: ([sent, received], channel) => {
          assert(channel.isClosed);
          const all = received as number[];
          assert(all.length === 0 || all.length === 1 && all[0] === 1);
          if (sent !== "lost") assertEquals(all, [1]);
        },
        timeouts: 1,
        expireTimeouts: [0, 1],
      }));
  });

  Deno.test(`Channel ${name}: a receiver lost at any step gives senders their messages back`, async () => {
    const bounded = options.capacity !== undefined;
    await losing(stride, (steps) =>
      scene({
        options,
        preemptions: 0,
        threads: [
          (channel, thread) => {
            const rx = channel.receiver();
            return dying(steps, thread, () => {
              const value = rx.recv();
              rx.close();
              return value;
            });
          },
          (channel) =>
            // Without a limit there is always room.
            sendTo(channel.sender(), bounded ? [1, 2, 3] : [1]),
        ],
        check: ([received, sent]) => {
          if (received !== "lost") assertEquals(received, 1);
          const all = sent as unknown[];
          const end = all.indexOf("closed");
          assert(
            end < 0 || all.slice(end).every((value) => value === "closed"),
          );
          if (bounded) assert(end >= 0);
        },
        timeouts: 1,
        expireTimeouts: [0, 1],
      }));
  });

  Deno.test(`Channel ${name}: calls in time send and receive, else nothing`, async () => {
    const timely = (action: () => unknown) => {
      try {
        return action() ?? "sent";
      } catch (error) {
        if (
          error instanceof DOMException || error instanceof ChannelClosedError
        ) return error.name;
        throw error;
      }
    };
    const program = scene({
      options,
      preemptions: 0,
      threads: [
        (channel) => {
          const tx = channel.sender();
          const sent = timely(() => tx.send(1, { timeout: 10 }));
          tx.close();
          return sent;
        },
        (channel) => {
          const rx = channel.receiver();
          const received = timely(() => rx.recv({ timeout: 10 }));
          return [received, ...rx];
        },
      ],
      check: ([sent, received]) => {
        const values = (received as unknown[]).filter((value) => value === 1);
        assertEquals(values.length, sent === "sent" ? 1 : 0);
      },
      timeouts: 2,
      expireTimeouts: [0, 1],
    });
    await holds(program);
  });
}

/** What a thread does until it is lost in front of its next operation. */
function dying(
  steps: number,
  thread: ModelThread,
  body: () => unknown,
): unknown {
  return mortal<undefined>(
    steps,
    body,
    (index) => markLost(crew[index]!),
  )(undefined, thread);
}

/** Explores a program for each place, or each so many, at which a thread can be lost. */
async function losing(
  stride: number,
  program: (
    steps: number,
  ) => Ending<ChannelHandle>,
): Promise<void> {
  for (let steps = 0;; steps += stride) {
    const one = program(steps);
    await explored(one);
    if (![...one.ends].some((end) => end.includes("lost"))) {
      assert(steps > 5);
      return;
    }
  }
}

Deno.test("Receiver.recvAsync() serves the calls of one end in their order", async () => {
  await holds(scene({
    options: { capacity: 2 },
    preemptions: 0,
    threads: [
      sends(1, 2),
      async (channel, thread) => {
        const rx = channel.receiver();
        const calls = [
          rx.recvAsync({ signal: thread.signal() }),
          rx.recvAsync(),
          rx.recvAsync(),
        ];
        const settled = await Promise.allSettled(calls);
        return settled.map((call) =>
          call.status === "fulfilled" ? call.value : call.reason.name
        );
      },
    ],
    check: ([, received]) => {
      const [first, second, third] = received as unknown[];
      if (first === "AbortError") assertEquals([second, third], [1, 2]);
      else {
        assertEquals(received, [1, 2, "ChannelClosedError"]);
      }
    },
  }));
});

Deno.test("Sender.sendAsync() serves the calls of one end in their order", async () => {
  for (const options of [ARRAY, SINGLE]) {
    await holds(scene({
      options,
      preemptions: 0,
      threads: [
        receives,
        async (channel, thread) => {
          const tx = channel.sender();
          const calls = [1, 2, 3].map((value) =>
            tx.sendAsync(value, value === 2 ? { signal: thread.signal() } : {})
          );
          const settled = await Promise.allSettled(calls);
          tx.close();
          return settled.map(({ status }) => status);
        },
      ],
      check: ([received, sent]) => {
        const aborted = (sent as string[])[1] === "rejected";
        assertEquals(received, aborted ? [1, 3] : [1, 2, 3]);
      },
    }));
  }
});

Deno.test("Channel: a blocking and an async receiver share what comes (U19)", async () => {
  await explored(scene({
    options: ARRAY,
    preemptions: 0,
    threads: [
      sends(1, 2),
      (channel) => receives(channel),
      async (channel) => {
        const all: number[] = [];
        for await (const value of channel.receiver()) all.push(value);
        return all;
      },
    ],
    before: (channel) => void channel.receiver(),
    check: ([, ...received]) => {
      assertEquals((received.flat() as number[]).toSorted(), [1, 2]);
    },
  }));
});

interface State {
  readonly queue: readonly number[];
  readonly closed: boolean;
}

/** What a channel of one place does, one call at a time. */
const MODEL: SequentialModel<State, unknown, unknown> = {
  init: { queue: [], closed: false },
  step: (state, input) => {
    const [name, value] = input as readonly [string, number];
    const { queue, closed } = state;
    if (name === "close") {
      return { state: { queue, closed: true }, output: !closed };
    }
    if (name === "trySend") {
      if (closed) return { state, output: "closed" };
      if (queue.length === 1) return { state, output: false };
      return { state: { queue: [value], closed }, output: true };
    }
    if (queue.length === 0) {
      return { state, output: closed ? "closed" : "none" };
    }
    return { state: { queue: [], closed }, output: queue[0] };
  },
};

/** Tries, with one end each; every history must be one of a channel. */
function tries(options: ChannelOptions, module: Module = ORIGINAL) {
  const told = (action: () => unknown) => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
      return "closed";
    }
  };
  return scene({
    options,
    module,
    preemptions: 2,
    threads: [
      (channel, thread) => {
        const tx = told(() => channel.sender()) as Sender<number> | "closed";
        if (tx === "closed") return tx;
        return [1, 2].map((value) =>
          thread.call(["trySend", value], () => told(() => tx.trySend(value)))
        );
      },
      (channel, thread) => {
        const rx = channel.receiver();
        const received = [1, 2].map(() =>
          thread.call(["tryRecv"], () => told(() => rx.tryRecv() ?? "none"))
        );
        thread.call(["close"], () => channel.close());
        for (;;) {
          const last = thread.call(
            ["tryRecv"],
            () => told(() => rx.tryRecv() ?? "none"),
          );
          if (last === "closed") return received;
        }
      },
    ],
    check: (results, _, history) => {
      assert(
        linearizable(history as never, MODEL),
        JSON.stringify(history),
      );
      assert(results.length === 2);
    },
  });
}

Deno.test("Channel: tries and close() are linearizable", async () => {
  await holds(tries(ARRAY));
  await holds(tries(SINGLE));
});

/** Whoever finds a channel closed and empty has seen all of it. */
function lastLook(options: ChannelOptions, module: Module = ORIGINAL) {
  return scene({
    options,
    module,
    preemptions: 2,
    threads: [
      (channel) => channel.close(),
      (channel) => {
        try {
          const tx = channel.sender();
          if (tx.isClosed) return tx.trySend(1) ? "sent after the end" : "full";
          return tx.trySend(1) ? "sent" : "full";
        } catch (error) {
          if (!(error instanceof ChannelClosedError)) throw error;
          return "closed";
        }
      },
      (channel) => {
        const rx = channel.receiver();
        return rx.isClosed && rx.isEmpty ? "over" : "more";
      },
    ],
    check: ([, sent, seen], channel) => {
      assert(sent !== "sent after the end");
      assert(!(seen === "over" && sent === "sent" && channel.size > 0));
    },
  });
}

Deno.test("Channel: nothing is sent once isClosed has said so, and nothing comes after isEmpty then", async () => {
  await holds(lastLook({ capacity: 2 }));
  const module = await broken("channel_core", [
    "      this.seal();\n      this.#gone",
    "      this.#gone",
  ]);
  await refuses("exception", lastLook({ capacity: 2 }, module));
});

/** A channel whose ends or core have mistakes. */
function broken(
  path: "channel_end" | "channel_core" | "intake" | "delivery" | "waiting_line",
  ...edits: Edit[]
): Promise<Module> {
  const others: Record<string, readonly Edit[]> = {
    [`sync/channel/${path}.ts`]: edits,
  };
  // What imports it comes after it.
  others["sync/channel/channel_end.ts"] ??= [];
  others["sync/channel/intake.ts"] ??= [];
  others["sync/channel/delivery.ts"] ??= [];
  others["sync/channel/receiver.ts"] = [];
  others["sync/channel/sender.ts"] = [];
  return mutant("sync/channel/channel.ts", [], others);
}

function toTheEnd(module: Module, options: ChannelOptions = ARRAY) {
  return scene({
    options,
    module,
    preemptions: 2,
    threads: [
      (channel) => {
        const tx = channel.sender();
        tx.send(1);
        tx.send(2);
        tx.close();
      },
      (channel) => [...channel.receiver()],
    ],
    check: ([, received]) => assertEquals(received, [1, 2]),
  });
}

Deno.test("Channel: the checker finds a send that tells nobody", async () => {
  const module = await broken("delivery", [
    "      this.core.items.signal();\n      this.#sends",
    "      this.#sends",
  ]);
  await refuses("deadlock", toTheEnd(module));
});

Deno.test("Channel: the checker finds a receive that tells nobody", async () => {
  const module = await broken("intake", [
    "      this.core.room.signal();\n    }\n    return value;",
    "    }\n    return value;",
  ]);
  await refuses("deadlock", toTheEnd(module));
});

Deno.test("Channel: the checker finds an end that goes and tells nobody", async () => {
  const module = await broken("channel_end", [
    "if (this.#side.close(this.#entry)) this.core.seal();",
    "if (this.#side.close(this.#entry)) {}",
  ]);
  await refuses("deadlock", toTheEnd(module));
});

Deno.test("Channel: the checker finds a receiver that does not drain before it ends", async () => {
  const module = await broken("intake", [
    "    const value = this.take(into);\n    if (value !== undefined) return value;\n    if (!this.isOver) return undefined;",
    "    if (this.isOver) return ENDED;\n    const value = this.take(into);\n    return value;",
  ]);
  await refuses("exception", toTheEnd(module));
});

Deno.test("Channel: the checker finds a receiver that does not look again once all are gone", async () => {
  const module = await broken("intake", [
    "    const last = this.#pop(into);\n    return last === undefined ? ENDED : last;",
    "    return ENDED;",
  ]);
  await refuses("exception", toTheEnd(module));
});

/** The channel is closed while somebody sends. */
function closing(
  module: Module,
  options: ChannelOptions,
): Program<ChannelHandle> {
  return scene({
    options,
    module,
    preemptions: 2,
    threads: [sends(1), (channel) => {
      const rx = channel.receiver();
      channel.close();
      return [...rx];
    }],
    check: ([sent, received]) => assertEquals(sentOf(sent), received),
  });
}

Deno.test("Channel: the checker finds a close() that does not seal", async () => {
  for (const options of [ARRAY, SINGLE]) {
    const module = await broken("channel_core", [
      "    this.store.seal();\n",
      "",
    ]);
    await refuses("exception", closing(module, options));
  }
});

Deno.test("Channel: the checker finds a line that stops after its first call", async () => {
  const module = await broken("waiting_line", [
    "    while (!this.isEmpty) {",
    "    {",
  ], [
    "      if (!this.#try(first)) return undefined;",
    "      return this.#try(first) ? true : undefined;",
  ]);
  await refuses(
    "deadlock",
    scene({
      options: { capacity: 2 },
      module,
      threads: [sends(1, 2), async (channel) => {
        const rx = channel.receiver();
        return await Promise.all([rx.recvAsync(), rx.recvAsync()]);
      }],
      check: () => {},
    }),
  );
});
