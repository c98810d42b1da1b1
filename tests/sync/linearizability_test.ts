import { assert, assertEquals } from "@std/assert";
import { Barrier } from "../../sync/mod.ts";
import { MpmcQueue } from "../../sync/queue/mpmc_queue.ts";
import { SharedCell } from "../../sync/value/shared_cell.ts";
import { struct } from "../../sync/record/struct.ts";
import { linearizable, type SequentialModel } from "../model/linearizable.ts";
import { runWorkers } from "./crew.ts";
import { overlaps } from "./fixtures/call_clock.ts";
import type {
  HistoryCall,
  HistoryTask,
  Pair,
} from "./fixtures/history_worker.ts";

const TIMEOUT = { timeout: 120_000 };
const ROUNDS = 250;

const PairType = struct({ a: "i32", b: "f64" });

type Model<S> = SequentialModel<S, HistoryCall["input"], unknown>;

function queueOf(capacity: number): Model<readonly number[]> {
  return {
    init: [],
    step: (state, [name, value]) => {
      if (name === "tryPop") {
        return { state: state.slice(1), output: state[0] };
      }
      const fits = state.length < capacity;
      if (name === "tryPush") {
        return { state: fits ? [...state, value!] : state, output: fits };
      }
      return {
        state: [...state.slice(fits ? 0 : 1), value!],
        output: fits ? undefined : state[0],
      };
    },
  };
}

const register: Model<number> = {
  init: 0,
  step: (state, [name, first = 0, second = 0]) => {
    switch (name) {
      case "load":
        return { state, output: state };
      case "store":
        return { state: first, output: undefined };
      case "exchange":
        return { state: first, output: state };
      case "update":
        return { state: state + first, output: state + first };
      default:
        return {
          state: state === first ? second : state,
          output: state === first,
        };
    }
  },
};

/** Records rounds of calls, and checks each of them. */
async function checkRounds<S>(
  workers: number,
  task: Pick<HistoryTask, "queue" | "cell" | "calls">,
  model: Model<S>,
): Promise<void> {
  const shared = {
    ...task,
    round: new Barrier(workers).handle,
    rounds: ROUNDS,
    clock: new SharedArrayBuffer(4),
  };
  const recorded = await runWorkers<HistoryTask, HistoryCall[][]>(
    "history_worker.ts",
    Array.from({ length: workers }, (_, k) => ({
      ...shared,
      seed: k + 1,
      resets: k === 0,
    })),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const history = recorded.flatMap((rounds) => rounds[round]!);
    assertEquals(
      history.filter(({ ret, call }) => ret <= call).length,
      0,
    );
    assert(linearizable(history, model), JSON.stringify(history));
    // Else there would be one order only.
    assert(overlaps(history));
  }
}

for (const workers of [2, 3]) {
  Deno.test(
    `MpmcQueue linearizable: histories of ${workers} workers are those of a queue (U9, U15)`,
    TIMEOUT,
    async () => {
      for (const capacity of [1, 2]) {
        const { handle } = new MpmcQueue<Pair>(PairType, capacity);
        const task = { queue: handle, calls: 4 };
        await checkRounds(workers, task, queueOf(capacity));
      }
    },
  );

  Deno.test(
    `SharedCell linearizable: histories of ${workers} workers are those of a variable (U20)`,
    TIMEOUT,
    async () => {
      const cell = new SharedCell<Pair>(PairType, { a: 0, b: 0 });
      const task = { cell: cell.handle, calls: 4 };
      await checkRounds(workers, task, register);
    },
  );
}
