/**
 * Histories of calls by real workers: each must be one of a channel that does one
 * call at a time.
 */

import { assert } from "@std/assert";
import { Barrier } from "../../../sync/mod.ts";
import { linearizable } from "../../model/linearizable.ts";
import { runWorkers } from "../crew.ts";
import { overlaps } from "../fixtures/call_clock.ts";
import type { Call, HistoryTask } from "../fixtures/channel_history_worker.ts";
import { KINDS } from "./channel_flavors.ts";

const TIMEOUT = { timeout: 120_000 };
const ROUNDS = 100;

interface State {
  readonly queue: readonly number[];
  readonly closed: boolean;
}

function modelOf(capacity: number) {
  return {
    init: { queue: [], closed: false } as State,
    step: (state: State, [name, value]: Call["input"]) => {
      const { queue, closed } = state;
      if (name === "close") {
        return { state: { queue, closed: true }, output: !closed as unknown };
      }
      if (name === "trySend") {
        if (closed) return { state, output: "closed" };
        if (queue.length === capacity) return { state, output: false };
        return { state: { queue: [...queue, value!], closed }, output: true };
      }
      if (queue.length === 0) {
        return { state, output: closed ? "closed" : "none" };
      }
      return { state: { queue: queue.slice(1), closed }, output: queue[0] };
    },
  };
}

for (const { name, make, many, holds } of KINDS) {
  if (!many || !holds) continue;
  Deno.test(
    `Channel ${name}: histories of workers are linearizable, close() included (U6, U9)`,
    TIMEOUT,
    async () => {
      const workers = 3;
      const channels = Array.from(
        { length: ROUNDS },
        (_, k) => make(1 + k % 3),
      );
      const clock = new SharedArrayBuffer(4);
      const start = new Barrier(workers).handle;
      const tasks = Array.from({ length: workers }, (_, worker) => ({
        channels: channels.map(({ handle }) => handle),
        start,
        clock,
        worker,
        calls: 6,
      }));
      const outcomes = await runWorkers<HistoryTask, Call[][]>(
        "channel_history_worker.ts",
        tasks,
      );
      for (let k = 0; k < ROUNDS; k++) {
        const history = outcomes.flatMap((calls) => calls[k]!);
        const model = modelOf(channels[k]!.capacity);
        assert(linearizable(history, model), JSON.stringify(history));
        // Else there would be one order only.
        assert(overlaps(history));
      }
    },
  );
}
