/**
 * An object on its worker, and what is sent for places in its line: in every order in
 * which the queue and the mail of two threads can be come to.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Reader } from "../../../codec/reader.ts";
import { HostedLine } from "../../../desync/remote/hosted_line.ts";
import { SentJob } from "../../../desync/remote/hosted_step.ts";
import { CLEAR, GATE, JOB, PLACE } from "../../../desync/remote/job_frame.ts";
import {
  allocateQueue,
  SharedQueue,
} from "../../../desync/remote/shared_queue.ts";
import { type Edit, mutant } from "../../model/explorer/mutant.ts";
import { frameOf, stubHosting, stubPeer } from "./stub_hosting.ts";

const SHAPE = { reserve: 4096 };

/** What stands in the queue. */
interface Asked {
  readonly kind: number;
  /** The slot of who asks. */
  readonly slot: number;
  /** The number of its place, of which each thread counts its own. */
  readonly place?: number;
  /** What the job notes; that of a place comes by mail. */
  readonly text?: string;
}

/** A line, its queue, and what both have come to. */
interface Course {
  readonly asked: readonly Asked[];
  /** What is noted in the end, in order. */
  readonly notes: readonly string[];
  /** How many are answered: all that have a number, each once. */
  readonly answers: number;
  /** Whether a job that fails poisons the object. */
  readonly poisons?: boolean;
}

const [A, B] = [0, 1];

const PLACES: Course = {
  asked: [
    { kind: JOB, slot: A, text: "1" },
    { kind: PLACE, slot: A, place: 1, text: "2" },
    { kind: GATE, slot: B, place: 1 },
    { kind: PLACE, slot: B, place: 2, text: "4" },
    { kind: JOB, slot: A, text: "5" },
  ],
  notes: ["1", "2", "4", "5"],
  answers: 5,
};

/** The first job fails; until the object is cleared, nothing runs. */
const POISONED: Course = {
  asked: [
    { kind: JOB, slot: A, text: "fail" },
    { kind: PLACE, slot: A, place: 1, text: "dropped" },
    { kind: GATE, slot: B, place: 1 },
    { kind: CLEAR, slot: A },
    { kind: PLACE, slot: A, place: 2, text: "runs" },
  ],
  notes: ["runs"],
  answers: 4,
  poisons: true,
};

/** Steps of a run: to push the next one, or to hand on the mail of one. */
type Order = readonly ("push" | number)[];

/** All orders in which mail comes after what it belongs to was pushed. */
function* ordersOf({ asked }: Course): Generator<Order> {
  function* extend(done: Order, pushed: number): Generator<Order> {
    const mail = asked.flatMap(({ place }, k) =>
      place !== undefined && k < pushed && !done.includes(k) ? [k] : []
    );
    if (pushed === asked.length && mail.length === 0) yield done;
    if (pushed < asked.length) yield* extend([...done, "push"], pushed + 1);
    for (const k of mail) yield* extend([...done, k], pushed);
  }
  yield* extend([], 0);
}

async function microtasks(): Promise<void> {
  for (let k = 0; k < 20; k++) await null;
}

/** Runs a course in an order; the worker looks at its queue wherever `looks` says so. */
async function run(
  { asked, notes, answers, poisons }: Course,
  order: Order,
  looks: (step: number) => boolean,
  Line: typeof HostedLine,
): Promise<void> {
  const slice = allocateQueue(SHAPE);
  const queue = new SharedQueue(slice, SHAPE);
  queue.takeOver();
  const noted: string[] = [];
  const answered: string[] = [];
  const hosting = stubHosting({
    slot: 2,
    run(_ref, text) {
      if (text === "fail") throw new Error(text);
      noted.push(text);
    },
    answer: (slot, number) => answered.push(`${slot} ${number}`),
  });
  const line = new Line({
    hosting,
    queue: new SharedQueue(slice, SHAPE),
    life: 0,
    given: [{}],
    onFailure: poisons ? "poison" : "continue",
    onError: undefined,
    dispose: undefined,
    ended() {},
  });
  const peers = [A, B].map(stubPeer);
  let pushed = 0;
  for (const [at, step] of order.entries()) {
    if (step === "push") {
      const { kind, slot, place = 0, text } = asked[pushed++]!;
      const number = kind === CLEAR ? 0 : pushed;
      const head = [slot, 1, 0, number, kind, place, 0];
      queue.push(frameOf(head, kind === JOB ? text : undefined));
      if (queue.mustCall() && looks(at)) line.serve();
    } else {
      const { kind, slot, place, text } = asked[step]!;
      const frame = frameOf([], text);
      const bytes = frame.bytes.slice(0, frame.byteLength);
      line.places.arrive(peers[slot]!, place!, {
        ...kind === PLACE &&
          { job: new SentJob(line.functions, Reader.of(bytes)) },
      });
    }
    if (looks(at)) await microtasks();
    // Nothing runs whose time has not come.
    assertEquals(noted, notes.slice(0, noted.length));
  }
  line.serve();
  await microtasks();
  assertEquals(noted, notes);
  assertEquals(answered.length, new Set(answered).size, "each once");
  assertEquals(answered.length, answers);
  assert(queue.allDone !== undefined);
}

/** When the worker looks: always, never before the end, or every second time. */
const LOOKS: readonly ((step: number) => boolean)[] = [
  () => true,
  () => false,
  (step) => step % 2 === 0,
];

async function runAll(
  course: Course,
  Line: typeof HostedLine,
): Promise<number> {
  let count = 0;
  for (const order of ordersOf(course)) {
    for (const looks of LOOKS) {
      await run(course, order, looks, Line);
      count++;
    }
  }
  return count;
}

Deno.test("HostedLine runs what is sent for places in the order of the queue, in whatever order it arrives", async () => {
  assertEquals(await runAll(PLACES, HostedLine), 48 * LOOKS.length);
});

Deno.test("HostedLine does not run what is sent for places that were dropped, in whatever order it arrives", async () => {
  assertEquals(await runAll(POISONED, HostedLine), 24 * LOOKS.length);
});

const MISTAKES: readonly (readonly [
  name: string,
  edits: readonly Edit[],
])[] = [
  ["takes places of two threads for one", [[
    "return `${slot} ${generation} ${place}`;",
    "return `${generation} ${place}`;",
  ]]],
  ["loses what is there before its turn", [[
    "else this.#arrived.set(key, arrival);",
    "",
  ]]],
  ["loses what comes when it is waited for", [[
    "if (this.#awaited?.key === key) this.#awaited.end(arrival);\n    else",
    "",
  ]]],
];

for (const [name, edits] of MISTAKES) {
  Deno.test(`HostedLine: the orders find one that ${name}`, async () => {
    const broken = await mutant<{ HostedLine: typeof HostedLine }>(
      "desync/remote/hosted_line.ts",
      [],
      { "desync/remote/places.ts": edits },
    );
    await assertRejects(() => runAll(PLACES, broken.HostedLine));
  });
}
