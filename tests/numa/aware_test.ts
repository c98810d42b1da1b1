import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  nodesOf,
  PerNode,
  PerProcess,
  RegionCached,
  RegionLocal,
  Runtime,
  SharedCounter,
} from "../../mod.ts";
import { BOARD_SIZE, FrameBoard } from "../../aware/frame_board.ts";
import { COPY_SIZE } from "../../aware/node_copy.ts";
import { growingMemory } from "../../aware/node_memory.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { MACHINE } from "./machine.ts";
import { farNodes } from "./nodes_with_processors.ts";
import {
  bufferOf,
  count,
  exchange,
  newCounter,
  readCopy,
} from "./node_values.ts";

const timeout = 180_000;
const ignore = MACHINE?.name !== "asymmetric";

Deno.test({
  name:
    "PerNode has one value for the workers of each node, in memory of the node (in the machine asymmetric of deno task test:numa)",
  ignore,
  timeout,
  async fn() {
    const [first, second] = farNodes();
    const [one, other] = first.processors.ids;
    // Two workers of one node, and one of another between them.
    await using runtime = await Runtime.start({
      processors: [one!, second.processors.first!.id, other!],
    });
    const { affinities } = runtime;
    assertEquals(affinities.map(({ node }) => node), [0, 1, 0]);
    const nodeIds = [first.id, second.id, first.id];
    assertEquals(affinities.map(({ nodeId }) => nodeId), nodeIds);
    const hits = new PerNode(newCounter);
    const total = new PerProcess(newCounter);
    const countAll = (handle: typeof hits | typeof total) =>
      Promise.all(
        nodeIds.map((_, worker) => runtime.on(worker).spawn(count, handle)),
      );
    const [a, b, c] = await countAll(hits);
    assertEquals([[a!, c!].sort(), b], [[1, 2], 1]);
    await countAll(total);
    assertEquals(total.value.value, 3);
    for (const [worker, id] of nodeIds.entries()) {
      const buffer = await runtime.on(worker).spawn(bufferOf, hits);
      const used = nodesOf(buffer).filter((node) => node !== undefined);
      assertNotEquals(used, []);
      assertEquals([...new Set(used)], [id]);
    }
    assertEquals(hits.value.value, 0); // this thread has its own
    assert(hits.value instanceof SharedCounter);
  },
});

Deno.test({
  name:
    "RegionCached has a copy in the memory of each node, and RegionLocal a value of its own (in the machine asymmetric of deno task test:numa)",
  ignore,
  timeout,
  async fn() {
    const nodes = farNodes();
    await using runtime = await Runtime.start({
      processors: nodes.map(({ processors }) => processors.first!.id),
    });
    const board = {
      head: allocate(BOARD_SIZE),
      places: [growingMemory(2 ** 20), growingMemory(2 ** 20)],
    };
    const frame = new Int32Array(50_000).fill(1);
    new FrameBoard(board).write(frame, "unknown");
    const local = new RegionLocal({ value: -1 });
    const cached = new RegionCached({ n: 1 });
    for (const [worker, { id }] of nodes.entries()) {
      const memory = growingMemory(2 ** 20);
      const copy = { head: allocate(COPY_SIZE), memory };
      const there = runtime.on(worker);
      assertEquals(await there.spawn(readCopy, { board, copy }), 50_000);
      const used = nodesOf(memory).filter((node) => node !== undefined);
      assertEquals([...new Set(used)], [id]);
      assertEquals(await there.spawn(exchange, local, worker), -1);
      cached.set({ n: worker });
      const read = (cached: RegionCached<{ n: number }>) => cached.get().n;
      assertEquals(await there.spawn(read, cached), worker);
    }
    for (const worker of nodes.keys()) {
      assertEquals(await runtime.on(worker).spawn(exchange, local, 0), worker);
    }
    assertEquals(local.get(), -1); // of threads that are on no node
  },
});
