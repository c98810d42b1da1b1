import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Assignment,
  BatchIncompleteError,
  TaskQueue,
} from "../../batching/mod.ts";
import { UnhandledRejections } from "../support/unhandled_rejections.ts";
import { echo, isSettled } from "./echo.ts";
import { failure, FAILURES } from "./fixtures/failing_processors.ts";

for (const [name, [process, expected]] of Object.entries(FAILURES)) {
  Deno.test(
    `A processor that ${name} is the reason of each task, and the queue goes on (Q17)`,
    {
      timeout: 10_000,
    },
    async () => {
      let isFirst = true;
      const queue = new TaskQueue<number, number>((batch) => {
        if (!isFirst) return echo(batch);
        isFirst = false;
        return process(batch);
      }, { capacity: 64, concurrency: 1 });
      const waiting = [queue.push(1), queue.push(2), queue.pushMany([3])];
      for (const promise of waiting) {
        const reason = await promise.then(() => undefined, (reason) => reason);
        if (expected === "failure") {
          assertStrictEquals(reason, failure);
        } else {
          assertInstanceOf(reason, BatchIncompleteError);
          assertStrictEquals(reason.size, 3);
        }
      }
      for (let k = 0; k < 3; k++) {
        const tasks = Array.from({ length: 64 }, (_, n) => n);
        assertEquals(await queue.pushMany(tasks), tasks);
      }
    },
  );
}

Deno.test("A processor that fails in the middle leaves the answers that it gave (Q17)", async () => {
  const queue = new TaskQueue<number, number>((batch) => {
    const assignment = batch.bound();
    assignment.resolveOne(1, 20);
    throw failure;
  });
  const [first, second] = [queue.push(1), queue.push(2)];
  assertStrictEquals(await first.catch((reason) => reason), failure);
  assertStrictEquals(await second, 20);
});

Deno.test(
  "A processor that fails when all have their answers is an unhandled rejection",
  {
    timeout: 10_000,
  },
  async () => {
    using rejections = new UnhandledRejections();
    const queue = new TaskQueue<number, number>((batch) => {
      echo(batch);
      throw failure;
    });
    assertStrictEquals(await queue.push(1), 1);
    assertStrictEquals(await rejections.first, failure);
  },
);

Deno.test("Assignment.map() rejects the tasks for which it fails, and no others", async () => {
  for (const isAsync of [false, true]) {
    const queue = new TaskQueue<number, number>((batch) =>
      batch.bound().map((n, k) => {
        assertStrictEquals(k, n);
        if (n === 1) throw failure;
        if (!isAsync) return 10 * n;
        return n === 2 ? Promise.reject(failure) : Promise.resolve(10 * n);
      })
    );
    const results = await Promise.allSettled(
      [0, 1, 2, 3].map((n) => queue.push(n)),
    );
    assertEquals(
      results.map(({ status }) => status),
      [
        "fulfilled",
        "rejected",
        isAsync ? "rejected" : "fulfilled",
        "fulfilled",
      ],
    );
    await queue.idle();
  }
});

Deno.test("Assignment.map() is done when the last task has its answer", async () => {
  const gate = Promise.withResolvers<number>();
  let isMapped = false;
  const queue = new TaskQueue<number, number>(async (batch) => {
    await batch.bound().map((n) => n === 0 ? gate.promise : n);
    isMapped = true;
  });
  const slow = queue.push(0);
  assertStrictEquals(await queue.push(1), 1);
  assertStrictEquals(await isSettled(slow), false);
  assert(!isMapped);
  gate.resolve(7);
  assertStrictEquals(await slow, 7);
  await queue.idle();
  assert(isMapped);
});

Deno.test("Assignment.resolveOne() and rejectOne() say whether the task had no answer, and refuse others", async () => {
  const answers: unknown[] = [];
  const queue = new TaskQueue<number, number>((batch) => {
    const assignment = batch.bound();
    for (const index of [-1, 2, 0.5, NaN, "0" as unknown as number]) {
      assertThrows(() => assignment.resolveOne(index, 1), RangeError);
      assertThrows(() => assignment.rejectOne(index, 1), RangeError);
    }
    answers.push(assignment.resolveOne(0, 10), assignment.resolveOne(0, 11));
    answers.push(assignment.rejectOne(0, failure), assignment.isCompleted);
    answers.push(assignment.rejectOne(1, failure), assignment.isCompleted);
    answers.push(assignment.rejectOne(1, 1), assignment.resolveOne(1, 1));
    assignment.resolve([1, 2]); // nobody waits for that any more
    assignment.resolve([]);
    assignment.drop();
  });
  const [first, second] = [queue.push(1), queue.push(2)];
  assertStrictEquals(await first, 10);
  assertStrictEquals(await second.catch((reason) => reason), failure);
  assertEquals(answers, [true, false, false, false, true, true, false, false]);
});

Deno.test("Assignment.resolve() refuses what cannot be iterated over", async () => {
  for (const values of [undefined, null, 7, {}]) {
    const queue = new TaskQueue<number, number>((batch) =>
      batch.bound().resolve(values as never)
    );
    const reason = await queue.push(1).catch((reason) => reason);
    assertInstanceOf(reason, TypeError);
  }
});

Deno.test("Assignment.resolve() waits for values that are promises", async () => {
  const queue = new TaskQueue<number, number>((batch) =>
    batch.bound().resolve([
      Promise.resolve(1),
      Promise.reject(failure),
      Promise.resolve(3),
      4,
    ] as number[])
  );
  const [one, two, many] = [
    queue.push(1),
    queue.push(2),
    queue.pushMany([3, 4]),
  ];
  assertStrictEquals(await one, 1);
  assertStrictEquals(await two.catch((reason) => reason), failure);
  assertEquals(await many, [3, 4]);
});

Deno.test("A value whose 'then' throws is a failure of its task, and no other one", async () => {
  const queue = new TaskQueue<number, unknown>((batch) => {
    const value = () => ({
      get then() {
        throw failure;
      },
    });
    batch.bound().resolve([value(), value(), 3]);
  });
  const [one, group, three] = [
    queue.push(1),
    queue.pushMany([2]),
    queue.push(3),
  ];
  assertStrictEquals(await one.catch((reason) => reason), failure);
  assertStrictEquals(await group.catch((reason) => reason), failure);
  assertStrictEquals(await three, 3);
});

Deno.test("A processor whose result cannot be looked at has failed (Q17)", async () => {
  const result = {
    get then() {
      throw failure;
    },
  };
  const queue = new TaskQueue<number, number>(() => result as never);
  assertStrictEquals(await queue.push(1).catch((reason) => reason), failure);
  await queue.idle();
});

Deno.test(
  "A 'schedule' that throws is an unhandled rejection, and nobody waits for ever",
  {
    timeout: 10_000,
  },
  async () => {
    using rejections = new UnhandledRejections();
    const queue = new TaskQueue<number, number>(echo, {
      schedule() {
        throw failure;
      },
    });
    assertStrictEquals(await queue.push(1), 1);
    assertStrictEquals(await rejections.first, failure);
  },
);

Deno.test("A completed batch cannot be read, and its copy can", async () => {
  let assignment: Assignment<number, number> | undefined;
  let copy: number[] = [];
  const queue = new TaskQueue<number, number>((batch) => {
    assignment = batch.bound();
    const [slice] = assignment.slices();
    copy = assignment.toArray();
    assignment.resolve(copy);
    assertThrows(() => slice!.at(0), TypeError);
  });
  await queue.pushMany([1, 2]);
  assert(assignment!.isCompleted);
  for (
    const read of [
      () => assignment!.at(0),
      () => assignment!.toArray(),
      () => assignment!.slices(),
      () => [...assignment!],
    ]
  ) assertThrows(read, TypeError);
  assertEquals(copy, [1, 2]);
});

Deno.test("A value whose 'then' completes the batch itself does no harm", async () => {
  const queue = new TaskQueue<number, unknown>((batch) => {
    const assignment = batch.bound();
    const value = {
      get then() {
        for (let n = 0; n < 200; n++) void queue.push(n).catch(() => {});
        assignment.resolveOne(1, "inner");
        assignment.drop();
        return undefined;
      },
    };
    assignment.resolve([value, "outer", "outer"]);
  });
  const [first, second, third] = [queue.push(1), queue.push(2), queue.push(3)];
  assertInstanceOf(await first, Object);
  assertStrictEquals(await second, "inner");
  assertInstanceOf(
    await third.catch((reason) => reason),
    BatchIncompleteError,
  );
});
