import { assert, assertEquals } from "@std/assert";
import {
  Barrier,
  Deque,
  type DequeHandle,
  type DequeOrder,
} from "../../../sync/mod.ts";
import {
  linearizable,
  type SequentialModel,
} from "../../model/linearizable.ts";
import { runWorkers } from "../crew.ts";
import type {
  DequeOutcome,
  RecordedCall,
  RecordingTask,
  StealingTask,
} from "../fixtures/deque_worker.ts";
import { Mortal } from "../mortal.ts";
import { randomFrom } from "../random.ts";

const TIMEOUT = { timeout: 120_000 };
const ORDERS: readonly DequeOrder[] = ["lifo", "fifo"];

/** What a deque does, one call at a time. */
function modelOf(
  capacity: number,
  order: DequeOrder,
): SequentialModel<readonly number[], RecordedCall["input"], unknown> {
  return {
    init: [],
    step: (state, [name, value]) => {
      if (name === "tryPush") {
        if (state.length === capacity) return { state, output: false };
        return { state: [...state, value!], output: true };
      }
      if (name === "tryPop" && order === "lifo") {
        return { state: state.slice(0, -1), output: state.at(-1) };
      }
      return { state: state.slice(1), output: state[0] };
    },
  };
}

for (const order of ORDERS) {
  Deno.test(
    `Deque linearizable: what ${order} workers see fits one call at a time`,
    TIMEOUT,
    async () => {
      const capacity = 2;
      const rounds = 150;
      const deque = new Deque("i32", capacity, { order });
      const words = new Int32Array(
        deque.handle.buffer,
        deque.handle.byteOffset,
      );
      words[32] = words[64] = 2 ** 31 - 100;
      const task = {
        deque: deque.handle,
        round: new Barrier(3).handle,
        rounds,
        clock: new SharedArrayBuffer(4),
      };
      const recorded = await runWorkers<RecordingTask, DequeOutcome>(
        "deque_worker.ts",
        (["owner", "thief", "thief"] as const).map((role, k) => ({
          ...task,
          role,
          seed: k + 1,
        })),
      );
      const model = modelOf(capacity, order);
      let stolen = 0;
      for (let round = 0; round < rounds; round++) {
        const history = recorded.flatMap((calls) => calls[round]!);
        assert(linearizable(history, model), JSON.stringify(history));
        stolen += history.filter(({ input, output }) =>
          input[0] === "trySteal" && output !== undefined
        ).length;
      }
      assert(stolen > 0);
    },
  );
}

Deno.test(
  "Deque: workers steal from each other, some are ended, and others take over what they owned",
  TIMEOUT,
  async () => {
    const members = 3;
    const losses = 6;
    const most = 2 ** 15;
    const random = randomFrom(losses);
    const deques = Array.from({ length: members }, (_, k): DequeHandle => {
      const order = ORDERS[k % 2]!;
      const { handle } = new Deque("i32", 16 << k, { order });
      const words = new Int32Array(handle.buffer, handle.byteOffset);
      words[32] = words[64] = 2 ** 32 - 10_000;
      return handle;
    });
    const lives = members + losses;
    const marks = new SharedArrayBuffer(4 * lives * most);
    const stop = new SharedArrayBuffer(4);
    const added: Int32Array[] = [];
    using stack = new DisposableStack();
    const start = (mine: number): Mortal<DequeOutcome> => {
      const life = added.length;
      const count = new SharedArrayBuffer(4);
      added.push(new Int32Array(count));
      const task: StealingTask = {
        role: "crew",
        deques,
        mine,
        first: life * most,
        most,
        marks,
        added: count,
        stop,
        seed: life + 1,
      };
      return stack.use(new Mortal("deque_worker.ts", task));
    };
    const crew = deques.map((_, k) => start(k));
    /** Until the newest one has added so many, or one of them fails. */
    const works = async (number: number) => {
      const count = added.at(-1)!;
      const failed = crew.map(({ done }) => done);
      while (Atomics.load(count, 0) < number) {
        const tick = new Promise((resolve) => setTimeout(resolve, 0));
        await Promise.race([tick, ...failed]);
        await tick;
      }
    };
    for (let loss = 0; loss < losses; loss++) {
      const mine = random(members);
      // A random moment, but one at which the newest one works.
      await works(1 + random(3000));
      await crew[mine]!.lose();
      crew[mine] = start(mine);
    }
    await works(3000);
    Atomics.store(new Int32Array(stop), 0, 1);
    await Promise.all(crew.map(({ done }) => done));
    const taken = new Int32Array(marks);
    let missing = 0;
    let total = 0;
    for (const [life, count] of added.entries()) {
      const numbers = taken.subarray(life * most, (life + 1) * most);
      const known = Atomics.load(count, 0);
      total += known;
      // One more may have been added without having been counted.
      numbers.forEach((times, k) => assert(times <= (k <= known ? 1 : 0)));
      missing += numbers.subarray(0, known).filter((times) => times === 0)
        .length;
    }
    assert(total > 1000, `only ${total} records`);
    // Each that was ended may have had one in its hands.
    assert(missing <= losses, `${missing} of ${total} records are gone`);
    for (const handle of deques) assertEquals(Deque.from(handle).size, 0);
  },
);
