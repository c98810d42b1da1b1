/**
 * Model tests of `Oneshot`. Bounds: two threads with up to three calls each in all
 * interleavings; one of them lost in front of each of its atomic operations; three
 * threads within two preemptions.
 */

import { assert } from "@std/assert";
import {
  Oneshot,
  type OneshotHandle,
  OneshotReceiver,
  OneshotSender,
} from "../../sync/channel/mod.ts";
import {
  type Call,
  explored,
  holds,
  losing,
  programOf,
  range,
  refusesLoss,
  type Role,
  type Scene,
  withLoss,
} from "./ends_program.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import type { SequentialModel } from "./linearizable.ts";

type Module = Pick<
  typeof import("../../sync/channel/mod.ts"),
  "Oneshot" | "OneshotReceiver" | "OneshotSender"
>;
const ORIGINAL: Module = { Oneshot, OneshotReceiver, OneshotSender };

interface State {
  readonly message: number | undefined;
  readonly isUsed: boolean;
  readonly isRefused: boolean;
  readonly isReceived: boolean;
}

/** What a oneshot does, one call at a time; a door returns when it can. */
const MODEL: SequentialModel<State, unknown, unknown> = {
  init: {
    message: undefined,
    isUsed: false,
    isRefused: false,
    isReceived: false,
  },
  step: (state, input) => {
    const [_, name, value] = input as [number, string, number];
    const { message, isUsed, isRefused, isReceived } = state;
    switch (name) {
      case "send":
        if (isRefused) {
          return { state: { ...state, isUsed: true }, output: "closed" };
        }
        return {
          state: { ...state, isUsed: true, message: value },
          output: undefined,
        };
      case "close":
        return { state: { ...state, isUsed: true }, output: undefined };
      case "refuse":
        return {
          state: { ...state, isRefused: isRefused || !isUsed },
          output: undefined,
        };
      case "closed":
      case "closedAsync":
        if (isUsed) return { state, output: false };
        return { state, output: isRefused || "waits" };
      case "isClosed":
        return { state, output: isUsed || isRefused };
      default:
        if (message !== undefined && !isReceived) {
          return { state: { ...state, isReceived: true }, output: message };
        }
        if (isUsed || isRefused) return { state, output: "closed" };
        return { state, output: name === "tryRecv" ? undefined : "waits" };
    }
  },
};

interface Options {
  readonly module?: Module;
  readonly preemptions?: number;
  readonly expireTimeouts?: readonly number[];
  readonly timeouts?: number;
  readonly dies?: number;
}

const SENDS: readonly Call[] = [["send", 7]];
const RECEIVES: readonly Call[] = [["recv"]];

/** The receiver's `close()` is another one than the sender's. */
class Receiver {
  readonly #receiver: OneshotReceiver;

  constructor(receiver: OneshotReceiver) {
    this.#receiver = receiver;
  }

  tryRecv = () => this.#receiver.tryRecv();
  recv = (options?: object) => this.#receiver.recv(options);
  recvAsync = (options?: object) => this.#receiver.recvAsync(options);
  refuse = () => this.#receiver.close();
  isClosed = () => this.#receiver.isClosed;
}

/** The first thread has the sender, the second one the receiver. */
function scene(
  sender: readonly Call[],
  receiver: readonly Call[],
  { module = ORIGINAL, dies, ...more }: Options = {},
): Scene<OneshotHandle, State> {
  const opening: Role<OneshotHandle>[] = [
    {
      open: (handle) =>
        module.OneshotSender.from({ ...handle, kind: "OneshotSender" }),
      calls: sender,
    },
    {
      open: (handle) =>
        new Receiver(
          module.OneshotReceiver.from({ ...handle, kind: "OneshotReceiver" }),
        ),
      calls: receiver,
    },
  ];
  return withLoss(dies, {
    ...more,
    setup: (crew) => {
      const { handle } = new module.Oneshot("f64");
      // Each thread has its end from the start.
      const words = new Int32Array(handle.buffer, handle.byteOffset);
      words[3] = crew[0]!.id;
      words[4] = crew[1]!.id;
      return handle;
    },
    roles: opening,
    model: MODEL,
  });
}

Deno.test("Oneshot: a message is received once, whoever is first (U18)", async () => {
  await explored(programOf(scene(SENDS, RECEIVES)));
  await holds(scene(SENDS, [["tryRecv"], ["tryRecv"], ["recv"], ["tryRecv"]]));
  await explored(programOf(scene(SENDS, [["recvAsync"]])));
});

Deno.test("Oneshot: a sender that closes ends the wait of the receiver (U18)", async () => {
  await explored(programOf(scene([["close"]], RECEIVES)));
  await explored(programOf(scene([["close"]], [["recvAsync"]])));
  await holds(scene([["close"]], [["tryRecv"], ["tryRecv"]]));
});

Deno.test("Oneshot: a receiver that closes takes the message or refuses it (U18)", async () => {
  const ends = await holds(scene(SENDS, [["refuse"], ["tryRecv"]]));
  assert(ends.has('[["closed"],[null,"closed"]]'), [...ends].join());
  assert(ends.has("[[null],[null,7]]"), [...ends].join());
});

Deno.test("OneshotSender.closed() waits for the receiver to go (U18)", async () => {
  await explored(programOf(scene([["closed"]], [["refuse"]])));
  await explored(programOf(scene([["closedAsync"]], [["refuse"]])));
  await holds(
    scene([["closed", { timeout: 9 }], ["send", 7]], [["refuse"], [
      "tryRecv",
    ]], {
      timeouts: 1,
      expireTimeouts: [0],
    }),
  );
});

Deno.test("OneshotReceiver.isClosed says for good that nothing will come", async () => {
  await holds(scene(SENDS, [["isClosed"], ["tryRecv"], ["isClosed"]]));
  await holds(scene([["close"]], [["isClosed"], ["tryRecv"], ["isClosed"]]));
  await holds(scene(SENDS, [["isClosed"], ["refuse"], ["isClosed"]]));
  await losing((dies) => {
    const program = scene(SENDS, [["isClosed"], ["isClosed"], ["tryRecv"]], {
      dies,
    });
    return {
      ...program,
      // The model does not know that a lost sender is gone.
      model: { ...MODEL, same: () => true },
      check: ([_, [early, late, received] = [] as unknown[]]) => {
        assert(late === true || early === false, `${early}, ${late}`);
        if (late) assert(received === 7 || received === "closed");
      },
    };
  });
});

Deno.test("OneshotReceiver.recvAsync() given up leaves the message", async () => {
  const ends = await holds(
    scene(SENDS, [["recvAsync", "signal"], ["recvAsync"]]),
  );
  assert(ends.has('[[null],["AbortError",7]]'), [...ends].join());
  assert(ends.has('[[null],[7,"closed"]]'), [...ends].join());
});

Deno.test("OneshotReceiver.recv() in time has the message, else leaves it", async () => {
  const ends = await holds(
    scene(SENDS, [["recv", { timeout: 9 }], ["recv"]], {
      timeouts: 1,
      expireTimeouts: [1],
    }),
  );
  assert(ends.has('[[null],["TimeoutError",7]]'), [...ends].join());
});

Deno.test("Oneshot: a sender lost at any step sends all or nothing (U18)", async () => {
  for (const receives of [RECEIVES, [["recvAsync"]] as Call[]]) {
    await losing((dies) => {
      const program = scene(SENDS, receives, {
        dies,
        timeouts: 2,
        expireTimeouts: [1],
      });
      return {
        ...program,
        // The model does not know that a lost sender is gone.
        model: { ...MODEL, same: (a, b) => a === b || b === "closed" },
        check: ([_, [received] = [] as unknown[]]) =>
          assert(received === 7 || received === "closed", String(received)),
      };
    });
  }
});

Deno.test("Oneshot: a receiver lost at any step is gone for the sender (U18)", async () => {
  await losing((dies) => {
    const program = scene([["closed"]], [["tryRecv"], ["refuse"]], {
      timeouts: 2,
      expireTimeouts: [1],
    });
    const [sender, receiver] = program.roles as [
      Role<OneshotHandle>,
      Role<OneshotHandle>,
    ];
    return {
      ...program,
      setup: (crew) => program.setup([crew[1]!, crew[0]!]),
      roles: [{ ...receiver, dies }, sender],
      model: { ...MODEL, same: (a, b) => a === b || b === true },
      check: ([_, [closed] = [] as unknown[]]) =>
        assert(closed === true, String(closed)),
    };
  });
});

/** The first thread sends or goes, the third one takes its end over meanwhile. */
function moving(module: Module, calls: readonly Call[]): Scene<
  OneshotHandle,
  State
> {
  const plain = scene(calls, [["recv"]], { module });
  const taken: Role<OneshotHandle> = {
    open: (handle) => ({
      take: () => {
        try {
          module.OneshotSender.from({ ...handle, kind: "OneshotSender" })
            .send(8);
          return "sent";
        } catch (error) {
          if (error instanceof TypeError) return "late";
          throw error;
        }
      },
    }),
    calls: [["take"]],
  };
  const tried: Role<OneshotHandle> = {
    open: (handle) => ({
      try: () => {
        try {
          const end = plain.roles[0]!.open(handle) as Record<
            string,
            (...args: unknown[]) => unknown
          >;
          for (const [name, ...args] of calls) end[name]!(...args);
          return "done";
        } catch (error) {
          if (error instanceof TypeError) return "moved";
          throw error;
        }
      },
    }),
    calls: [["try"]],
  };
  return {
    ...plain,
    // No history: what is right is said below.
    model: {
      init: plain.model.init,
      step: (state) => ({ state, output: 0 }),
      same: () => true,
    },
    roles: [tried, plain.roles[1]!, taken],
    check: (results) => {
      const [first, received, third] = results.map(([only]) => only);
      if (third === "late") {
        assert(first === "done");
        assert(received === (calls[0]![0] === "send" ? 7 : "closed"));
      } else assert(received === 8 && third === "sent", `${received}`);
    },
    preemptions: 2,
  };
}

Deno.test("Oneshot: an end that is moved while it is used is in one thread only", async () => {
  for (const calls of [SENDS, [["close"]] as Call[]]) {
    const program = programOf(moving(ORIGINAL, calls));
    // The first thread may find that its end is gone before it begins.
    await explored(program);
    assert(program.ends.size > 1);
  }
});

function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/channel/mod.ts", [], {
    "sync/channel/oneshot_core.ts": edits,
    "sync/channel/oneshot_receiver.ts": [],
    "sync/channel/oneshot_sender.ts": [],
    "sync/channel/oneshot.ts": [],
  });
}

Deno.test("Oneshot: the checker finds a message that is written after the state", async () => {
  const module = await broken([
    "for (let k = 0; k < count; k++) words[MESSAGE + k] = stage[k]!;",
    "",
  ], [
    "this.events.signal();\n    if (sent) return;",
    "for (let k = 0; k < count; k++) words[MESSAGE + k] = stage[k]!;\n    this.events.signal();\n    if (sent) return;",
  ]);
  await refuses("data race", programOf(scene(SENDS, RECEIVES, { module })));
});

Deno.test("Oneshot: the checker finds a state that is stored over a refusal", async () => {
  const module = await broken([
    "Atomics.compareExchange(words, STATE, EMPTY, SENT) === EMPTY;",
    "(Atomics.load(words, STATE) === EMPTY && (Atomics.store(words, STATE, SENT), true));",
  ]);
  await refuses(
    "exception",
    programOf(scene(SENDS, [["refuse"], ["tryRecv"]], { module })),
  );
});

Deno.test("Oneshot: the checker finds a sender that wakes nobody", async () => {
  const module = await broken([
    "this.events.signal();\n    if (sent) return;",
    "if (sent) return;",
  ]);
  await refuses("deadlock", programOf(scene(SENDS, RECEIVES, { module })));
});

Deno.test("Oneshot: the checker finds a sender that wakes before it sends", async () => {
  const module = await broken([
    "const sent = Atomics",
    "this.events.signal();\n    const sent = Atomics",
  ], ["this.events.signal();\n    if (sent) return;", "if (sent) return;"]);
  await refuses("deadlock", programOf(scene(SENDS, RECEIVES, { module })));
});

Deno.test("Oneshot: the checker finds a close that wakes nobody", async () => {
  const sender = await broken([
    "Atomics.compareExchange(words, STATE, EMPTY, ABANDONED);\n    this.events.signal();",
    "Atomics.compareExchange(words, STATE, EMPTY, ABANDONED);",
  ]);
  await refuses(
    "deadlock",
    programOf(scene([["close"]], RECEIVES, { module: sender })),
  );
  const receiver = await broken([
    "Atomics.compareExchange(words, STATE, EMPTY, REFUSED);\n    this.events.signal();",
    "Atomics.compareExchange(words, STATE, EMPTY, REFUSED);",
  ]);
  await refuses(
    "deadlock",
    programOf(scene([["closed"]], [["refuse"]], { module: receiver })),
  );
});

Deno.test("Oneshot: the checker finds a receiver that does not look for a loss", async () => {
  const module = await broken([
    "if (!this.#closeForLost(SENDER, ABANDONED)) return undefined;",
    "return undefined;",
  ]);
  await refuses(
    "livelock",
    programOf(
      scene(SENDS, RECEIVES, {
        module,
        dies: 1,
        timeouts: 1e9,
        expireTimeouts: [1],
      }),
    ),
  );
});

Deno.test("Oneshot: the checker finds a loss that drops what was sent", async () => {
  const module = await broken([
    "Atomics.compareExchange(this.#words, STATE, EMPTY, state);",
    "Atomics.store(this.#words, STATE, state);",
  ]);
  const sends = scene(SENDS, RECEIVES, {
    module,
    timeouts: 2,
    expireTimeouts: [1],
  });
  // It sends, and is lost after that.
  const [sender, receiver] = sends.roles as [
    Role<OneshotHandle>,
    Role<OneshotHandle>,
  ];
  const lossy = (dies: number) =>
    programOf({
      ...sends,
      roles: [{ ...sender, calls: [...SENDS, ["closed"]], dies }, receiver],
    });
  await refusesLoss(range(6, 12), (dies) => explored(lossy(dies)));
});

Deno.test("Oneshot: the checker finds an end that two threads use", async () => {
  const module = await broken([
    "Atomics.compareExchange(words, SENDER, this.#me, -this.#me) !== this.#me\n    ) this.#isUsed();",
    "Atomics.load(words, SENDER) !== this.#me\n    ) this.#isUsed();",
  ]);
  await refuses("data race", programOf(moving(module, SENDS)));
});
