/**
 * Model tests of what `RegionCached` is made of: a board that is replaced, and its copy
 * on a node. Bounds: two threads with one or two calls each in all interleavings, with
 * more within three preemptions, three threads within two; one of two threads lost after
 * each of its operations, within one.
 * Frames of two words; generations from 1 on and over 2^32. There is no async door.
 */

import { assert, assertEquals } from "@std/assert";
import {
  BOARD_SIZE,
  type BoardFrame,
  type BoardPlace,
} from "../../aware/frame_board.ts";
import { COPY_SIZE } from "../../aware/node_copy.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays,
  explored,
  markLost,
} from "./program.ts";

type Boards = Pick<
  typeof import("../../aware/frame_board.ts"),
  "FrameBoard"
>;
type Copies = Pick<typeof import("../../aware/node_copy.ts"), "NodeCopy">;
interface Modules extends Boards, Copies {}

const ORIGINAL: Modules = {
  ...await import("../../aware/frame_board.ts"),
  ...await import("../../aware/node_copy.ts"),
};

/** Sets a frame of some number; reads near; or sets and reads what is there. */
type Call = readonly ["set", number] | readonly ["get"];

interface Options {
  readonly modules?: Modules;
  /** The generation of the frame at the start. */
  readonly generation?: number;
  readonly preemptions?: number;
  /** After how many operations the first thread is lost. */
  readonly lost?: number;
}

interface Place {
  readonly board: BoardPlace;
  readonly copy: { head: BoardPlace["head"]; memory: SharedArrayBuffer };
}

/** Two words that belong together: who mixes two frames up finds out. */
function frameOf(number: number): Int32Array {
  return Int32Array.of(number, ~number);
}

function numberOf({ words }: BoardFrame): number {
  assert(words.length === 2 && words[1] === ~words[0]!, `torn: ${words}`);
  return words[0]!;
}

/** What it comes to: a register, that is written and read. */
const register: SequentialModel<number, unknown, unknown> = {
  init: 1,
  step: (state, input) => {
    const [name, number] = input as readonly [string, number];
    return name === "set"
      ? { state: number, output: undefined }
      : { state, output: state };
  },
};

let crew: CurrentThread[] = [];

/** Threads that call; every history must be one of a register, rest included. */
function calls(
  threads: readonly (readonly Call[])[],
  options: Options = {},
): Ending<Place> {
  const { modules: { FrameBoard, NodeCopy } = ORIGINAL, lost } = options;
  const ends = new Set<string>();
  const body =
    (list: readonly Call[]) => (place: Place, thread: ModelThread) => {
      const board = new FrameBoard(place.board);
      const copy = new NodeCopy(board, place.copy);
      let generation = 0;
      let number = 0;
      return list.map((call) =>
        thread.call(call, () => {
          if (call[0] === "set") {
            return void board.write(frameOf(call[1]), "unknown");
          }
          // As RegionCached.get() does.
          if (board.generation !== generation) {
            const frame = copy.read("unknown");
            number = numberOf(frame);
            generation = frame.generation;
          }
          return number;
        })
      );
    };
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      // Large enough from the start: to grow is no step of the model.
      const memory = () => new SharedArrayBuffer(64, { maxByteLength: 64 });
      const place = {
        board: { head: allocate(BOARD_SIZE), places: [memory(), memory()] },
        copy: { head: allocate(COPY_SIZE), memory: memory() },
      };
      const { generation = 1 } = options;
      Atomics.store(wordsOf(place.board.head, 1), 0, generation - 1);
      new FrameBoard(place.board).write(frameOf(1), "unknown");
      return place;
    },
    threads: threads.map((list, k) =>
      k > 0 || lost === undefined
        ? body(list)
        : mortal(lost, body(list), (thread) => markLost(crew[thread]!))
    ),
    check: (place, results, history) => {
      becomeThread(crew[3]!);
      const board = new FrameBoard(place.board);
      const copy = new NodeCopy(board, place.copy);
      // What a lost thread did last may come to effect, or not.
      const last = history.findLast(({ thread }) => thread === 0);
      const all = history.map((event) =>
        results[0] === "lost" && event === last
          ? { ...event, ret: Infinity }
          : event
      );
      const end = Math.max(
        0,
        ...all.map(({ call, ret }) => ret === Infinity ? call : ret),
      );
      const output = numberOf(copy.read("unknown"));
      assertEquals(numberOf(board.read()), output);
      all.push({ thread: 3, call: end + 1, ret: end + 2, input: GET, output });
      assert(linearizable(all, register), JSON.stringify(all));
      // And whoever was lost, it goes on.
      board.write(frameOf(100), "unknown");
      assertEquals(numberOf(copy.read("unknown")), 100);
      ends.add(JSON.stringify([results, output]));
    },
    // A loss wakes nobody: it is noticed at the end of a slice.
    timeouts: lost === undefined ? 0 : 1,
    expireTimeouts: lost === undefined ? [] : [1, 2],
    preemptions: options.preemptions ?? Infinity,
  };
}

const GET: Call = ["get"];
const [TWO, THREE, FOUR] = [2, 3, 4].map((k) => ["set", k] as const);

Deno.test("RegionCached: a reader and a writer are linearizable, and no frame is torn", async () => {
  await endsInSeveralWays(calls([[TWO!, THREE!], [GET]]));
  await endsInSeveralWays(calls([[TWO!], [GET, GET]]));
  const bounds = { preemptions: 3 };
  await endsInSeveralWays(calls([[TWO!, THREE!, FOUR!], [GET, GET]], bounds));
  await endsInSeveralWays(calls([[TWO!, GET], [GET, GET]], bounds));
});

Deno.test("RegionCached: two writers see what they have set, or something later", async () => {
  await endsInSeveralWays(calls([[TWO!, GET], [THREE!, GET]], {
    preemptions: 3,
  }));
});

Deno.test("RegionCached: three threads are linearizable", async () => {
  await endsInSeveralWays(
    calls([[TWO!], [THREE!], [GET, GET]], { preemptions: 2 }),
  );
  await endsInSeveralWays(
    calls([[TWO!, THREE!], [GET], [GET]], { preemptions: 2 }),
  );
});

Deno.test("RegionCached: generations go over 2^31 and 2^32, and leave out 0", async () => {
  for (const generation of [-1, -2, 2 ** 31 - 1]) {
    await endsInSeveralWays(
      calls([[TWO!, THREE!], [GET, GET]], { generation, preemptions: 2 }),
    );
  }
});

Deno.test("RegionCached: whoever is lost, wherever, the others go on with whole frames", async () => {
  for (const list of [[TWO!, THREE!], [GET, TWO!]]) {
    for (let lost = 0; lost < 12; lost++) {
      await explored(
        calls([list, [GET, FOUR!, GET]], { lost, preemptions: 1 }),
      );
    }
  }
});

/** What it is made of, with mistakes in the board. */
async function brokenBoard(...edits: Edit[]): Promise<Modules> {
  const path = "aware/frame_board.ts";
  return { ...ORIGINAL, ...await mutant<Boards>(path, edits) };
}

/** What it is made of, with mistakes in the copy of a node. */
async function brokenCopy(...edits: Edit[]): Promise<Modules> {
  return {
    ...ORIGINAL,
    ...await mutant<Copies>("aware/node_copy.ts", edits),
  };
}

Deno.test("RegionCached: the checker finds a writer that fills the place in use", async () => {
  const modules = await brokenBoard(["[next & 1]!", "[(next - 1) & 1]!"]);
  await refuses("exception", calls([[TWO!], [GET]], { modules }));
});

Deno.test("RegionCached: the checker finds a generation of which there is none", async () => {
  const modules = await brokenBoard(["generation === -1 ? 2 : ", ""]);
  await refuses(
    "exception",
    calls([[TWO!], [GET]], { modules, generation: -1 }),
  );
});

Deno.test("RegionCached: the checker finds a writer that takes no lock", async () => {
  const modules = await brokenBoard(
    [
      "    this.#lock.take();\n    try {\n      const { generation } = this;\n      if (from",
      "    try {\n      const { generation } = this;\n      if (from",
    ],
    [
      "      return true;\n    } finally {\n      this.#lock.give();",
      "      return true;\n    } finally {",
    ],
  );
  await refuses("data race", calls([[TWO!], [THREE!]], { modules }));
});

Deno.test("RegionCached: the checker finds a reader of the board that takes no lock", async () => {
  const modules = await brokenBoard(
    [
      "    this.#lock.take();\n    try {\n      const { generation } = this;\n      if (generation",
      "    try {\n      const { generation } = this;\n      if (generation",
    ],
    [
      "getFrame(this.#places[generation & 1]!) };\n    } finally {\n      this.#lock.give();",
      "getFrame(this.#places[generation & 1]!) };\n    } finally {",
    ],
  );
  await refuses("data race", calls([[TWO!, THREE!], [GET]], { modules }));
});

Deno.test("RegionCached: the checker finds two readers that make the copy at once", async () => {
  const modules = await brokenCopy(
    ["this.#lock.take();", ""],
    ["this.#lock.give();", ""],
  );
  await refuses("data race", calls([[GET], [GET]], { modules }));
});

Deno.test("RegionCached: the checker finds a copy that is never made anew", async () => {
  const modules = await brokenCopy([
    "known !== 0 && known === this.#board.generation",
    "known !== 0",
  ]);
  await refuses("exception", calls([[TWO!], [GET, GET]], { modules }));
});

Deno.test("RegionCached: the checker finds a copy that says it is newer than it is", async () => {
  const modules = await brokenCopy([
    "GENERATION, frame.generation)",
    "GENERATION, this.#board.generation)",
  ]);
  await refuses("exception", calls([[TWO!], [GET], [GET]], { modules }));
});
