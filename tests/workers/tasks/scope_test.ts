import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  currentTask,
  Runtime,
  type Scope,
  WorkerLostError,
} from "../../../mod.ts";

const timeout = 60_000;

/** A task that ends when it is told to, a little later. */
async function untilTold(buffer: SharedArrayBuffer): Promise<void> {
  const { signal } = currentTask();
  const words = new Int32Array(buffer);
  Atomics.add(words, 0, 1);
  await new Promise((end) => signal.addEventListener("abort", end));
  await new Promise((end) => setTimeout(end, 20));
  Atomics.add(words, 1, 1);
}

function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Waits until a task has started. */
async function started(words: Int32Array, count = 1): Promise<void> {
  while (Atomics.load(words, 0) < count) {
    await new Promise((next) => setTimeout(next, 1));
  }
}

Deno.test(
  "scope() joins all tasks at its end, also those that nobody awaits (U2)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const result = await runtime.scope((scope) => {
      for (let k = 0; k < 4; k++) {
        scope.spawn(async (buffer: SharedArrayBuffer) => {
          await new Promise((end) => setTimeout(end, 10));
          Atomics.add(new Int32Array(buffer), 0, 1);
        }, words.buffer);
      }
      return "returned";
    });
    assertEquals([result, words[0]], ["returned", 4]);
  },
);

Deno.test(
  "scope() joins tasks that are spawned when others end, after its callback",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const count = (buffer: SharedArrayBuffer) => {
      Atomics.add(new Int32Array(buffer), 0, 1);
    };
    await runtime.scope((scope) => {
      scope.spawn(count, words.buffer).then(async () => {
        await scope.on(1).spawn(count, words.buffer);
        await scope.with({ name: "third" }).spawn(count, words.buffer);
      });
    });
    assertEquals(words[0], 3);
  },
);

Deno.test(
  "scope() throws the first failure once all have ended that were cancelled (U2)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    await assertRejects(
      () =>
        runtime.scope(async (scope) => {
          for (let k = 0; k < 3; k++) scope.spawn(untilTold, words.buffer);
          await started(words, 3);
          scope.spawn(() => {
            throw new RangeError("first");
          });
        }),
      RangeError,
      "first",
    );
    assertEquals(words[1], 3);
  },
);

Deno.test(
  "scope() throws a failure also if its task was awaited and the error handled (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    await assertRejects(
      () =>
        runtime.scope(async (scope) => {
          await scope.spawn(() => {
            throw new RangeError("handled");
          }).catch(() => {});
          return "not reached by anybody";
        }),
      RangeError,
      "handled",
    );
  },
);

Deno.test(
  "scope() throws what its callback throws, once its tasks have ended (U2)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = newWords();
    await assertRejects(
      () =>
        runtime.scope(async (scope) => {
          scope.spawn(untilTold, words.buffer);
          await started(words);
          throw new SyntaxError("of the callback");
        }),
      SyntaxError,
      "of the callback",
    );
    assertEquals(words[1], 1);
  },
);

Deno.test("scope() adds further failures to the first one", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const first = await assertRejects(
    () =>
      runtime.scope(async (scope) => {
        const task = scope.spawn(() => {
          throw new RangeError("first");
        });
        await task.catch(() => {});
        assert(scope.signal.aborted);
        throw new SyntaxError("second");
      }),
    RangeError,
  );
  const { suppressed } = first as unknown as { suppressed: unknown[] };
  assertEquals(suppressed.length, 1);
  assertInstanceOf(suppressed[0], SyntaxError);
});

Deno.test(
  "scope() within a scope: what is caught between them stays there (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const result = await runtime.scope(async (outer) => {
      const sibling = outer.spawn(() => "goes on");
      const inner = await outer.scope((inner) => {
        inner.spawn(() => {
          throw new RangeError("inner");
        });
      }).catch((error) => error.message);
      return [inner, await sibling, await outer.spawn(() => "later")];
    });
    assertEquals(result, ["inner", "goes on", "later"]);
  },
);

Deno.test(
  "scope() within a scope: what is not caught fails the outer one, once (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const error = await assertRejects(
      () =>
        runtime.scope(async (outer) => {
          outer.spawn(untilTold, words.buffer);
          await started(words);
          await outer.scope((inner) => {
            inner.spawn(() => {
              throw new RangeError("inner");
            });
          });
        }),
      RangeError,
      "inner",
    );
    assertEquals(words[1], 1);
    assertEquals("suppressed" in error, false);
  },
);

Deno.test("scope() within a scope ends with the outer one", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const words = newWords();
  let isEarlier = false;
  await assertRejects(
    () =>
      runtime.scope(async (outer) => {
        const inner = outer.scope((inner) => {
          inner.spawn(untilTold, words.buffer);
        }).finally(() => isEarlier = words[1] === 1);
        await started(words);
        outer.spawn(() => {
          throw new RangeError("outer");
        });
        await inner;
      }),
    RangeError,
    "outer",
  );
  assert(isEarlier);
});

Deno.test("scope() ends when its signal is aborted, with the reason", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const controller = new AbortController();
  const reason = new RangeError("enough");
  const error = await assertRejects(() =>
    runtime.scope(async (scope) => {
      scope.spawn(untilTold, words.buffer);
      await started(words);
      controller.abort(reason);
      assert(scope.signal.aborted);
    }, controller)
  );
  assertStrictEquals(error, reason);
  assertEquals(words[1], 1);
  const ran = await assertRejects(() => runtime.scope(() => {}, controller));
  assertStrictEquals(ran, reason);
});

Deno.test(
  "scope() takes no tasks after its end, and cancels those spawned while it fails",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    let kept!: Scope;
    await assertRejects(() =>
      runtime.scope(async (scope) => {
        kept = scope;
        await scope.spawn(() => {
          throw new RangeError("first");
        }).catch(() => {});
        const late = scope.spawn(() => 1);
        assertEquals(late.state, "cancelled");
        await late.ended;
      }), RangeError);
    await assertRejects(() => kept.spawn(() => 1).then(), TypeError, "scope");
  },
);

Deno.test(
  "scope() counts a task whose time is up as a failure, and not one that is cancelled",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const never = () => new Promise<void>(() => {});
    const { tasks } = await runtime.scope((scope) => {
      const task = scope.on(0).spawn(async () => {
        const { signal } = currentTask();
        await new Promise((end) => signal.addEventListener("abort", end));
      });
      task.cancel();
      return { tasks: [task] };
    });
    assertEquals(tasks[0]!.state, "cancelled");
    // Its worker never lets go of it: the crew is closed without waiting.
    const other = await Runtime.start({ workers: 1 });
    const scope = other.scope((scope) => {
      scope.with({ timeout: 10 }).spawn(never);
    });
    scope.catch(() => {});
    await other.close({ timeout: 50 });
    await assertRejects(() => scope, DOMException, "within 10 ms");
  },
);

Deno.test("scope() ends with a WorkerLostError when a worker is lost in it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const words = newWords();
  await assertRejects(
    () =>
      runtime.scope(async (scope) => {
        scope.on(0).spawn(untilTold, words.buffer);
        await started(words);
        scope.on(1).spawn(() => Deno.exit(1));
      }),
    WorkerLostError,
  );
  assertEquals(words[1], 1);
});

Deno.test("scope() ends streams that are open when its callback has ended", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const stream = await runtime.scope(async (scope) => {
    const stream = scope.stream(function* (buffer: SharedArrayBuffer) {
      try {
        for (;;) yield 1;
      } finally {
        Atomics.store(new Int32Array(buffer), 0, 1);
      }
    }, words.buffer);
    await stream.next();
    return { stream };
  });
  assertEquals(words[0], 1);
  await assertRejects(
    () => Array.fromAsync(stream.stream),
    DOMException,
    "scope",
  );
});

Deno.test("scope() works on a worker", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const sum = await runtime.spawn(() =>
    currentTask().runtime.scope(async (scope) => {
      const tasks = [1, 2, 3].map((n) => scope.spawn((n: number) => n * n, n));
      return (await Promise.all(tasks)).reduce((a, b) => a + b);
    })
  );
  assertEquals(sum, 14);
});

Deno.test("scope() refuses what is no callback and no signal", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const bad = (value: unknown) => value as never;
  await assertRejects(() => runtime.scope(bad(1)), TypeError, "number");
  await assertRejects(
    () => runtime.scope(() => {}, { signal: bad("x") }),
    TypeError,
    "string",
  );
});
