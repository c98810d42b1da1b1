import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Desync, pipe } from "../../desync/mod.ts";
import { rest } from "./rest.ts";

/** How a pipe runs. */
interface Course {
  readonly depth: number;
  /** For each item, after how many microtasks it comes, and how many its job takes. */
  readonly items: readonly { readonly comes: number; readonly takes: number }[];
  /** The index of the item whose job fails, or before which the source does. */
  readonly failsAt: number;
  readonly failing: "nothing" | "job" | "source";
  /** How many results are asked for together, each time. */
  readonly asked: readonly number[];
  /** Whether the pipe is closed after these, or asked until its end. */
  readonly isLeft: boolean;
}

const course: fc.Arbitrary<Course> = fc.record({
  depth: fc.integer({ min: 1, max: 6 }),
  items: fc.array(
    fc.record({ comes: fc.nat(4), takes: fc.nat(6) }),
    { maxLength: 20 },
  ),
  failsAt: fc.nat(25),
  failing: fc.constantFrom("nothing", "nothing", "job", "source"),
  asked: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 10 }),
  isLeft: fc.boolean(),
});

async function microtasks(count: number): Promise<void> {
  for (let k = 0; k < count; k++) await null;
}

/** A source that counts what is read, and what becomes of it. */
class CountedSource implements AsyncIterableIterator<number> {
  reads = 0;
  /** How many results were asked for. */
  asked = 0;
  isClosed = false;
  readonly #course: Course;

  constructor(course: Course) {
    this.#course = course;
  }

  async next(): Promise<IteratorResult<number>> {
    const { depth, items, failing, failsAt } = this.#course;
    const index = this.reads++;
    assert(!this.isClosed, "closed");
    assert(index < depth + this.asked, `read ${index} of ${this.asked} asked`);
    await microtasks(items[index]?.comes ?? 1);
    if (failing === "source" && index === failsAt) throw new Error("source");
    return index < items.length
      ? { done: false, value: index }
      : { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<number>> {
    this.isClosed = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** What a list would give, up to its end. */
function expected({ items, failing, failsAt }: Course): unknown[] {
  const isFailing = failing === "source"
    ? failsAt <= items.length
    : failing === "job" && failsAt < items.length;
  const count = isFailing ? failsAt : items.length;
  const results: unknown[] = Array.from({ length: count }, (_, k) => 2 * k);
  return [...results, isFailing ? failing : "end"];
}

async function check(course: Course): Promise<void> {
  const source = new CountedSource(course);
  const { depth, items, failing, failsAt } = course;
  let isRunning = false;
  const out = pipe(new Desync(2), source, async (n, index) => {
    assert(!isRunning, "one at a time");
    isRunning = true;
    await microtasks(items[index]!.takes);
    isRunning = false;
    if (failing === "job" && index === failsAt) throw new Error("job");
    return n.value * index;
  }, { depth });
  const all = expected(course);
  const outcomes: unknown[] = [];

  function ask(): Promise<unknown> {
    source.asked++;
    return out.next().then(
      ({ done, value }) => done ? "end" : value,
      (error) => (error as Error).message,
    );
  }
  for (const together of course.asked) {
    outcomes.push(
      ...await Promise.all(Array.from({ length: together }, ask)),
    );
  }
  if (course.isLeft) {
    await rest();
    const isOver = outcomes.length >= all.length;
    if (!isOver && failing === "nothing") {
      const reads = Math.min(items.length + 1, depth + source.asked);
      assertEquals(source.reads, reads, "so far, and no further");
    }
    await out.return();
  } else {
    while (outcomes.at(-1) !== "end") outcomes.push(await ask());
  }
  // Behind its end there is nothing more.
  const end = Array.from({ length: outcomes.length }, () => "end");
  assertEquals(outcomes, [...all, ...end].slice(0, outcomes.length));
  assertEquals(await ask(), "end");
  if (outcomes.includes("job")) {
    assert(source.isClosed || source.reads > items.length, "or at its end");
  }
}

Deno.test(
  "pipe() gives what a list would give, and reads no further than its depth, whatever takes how long (D20, D21, D22)",
  { timeout: 60_000 },
  async () => {
    await fc.assert(fc.asyncProperty(course, check), { numRuns: 200 });
  },
);
