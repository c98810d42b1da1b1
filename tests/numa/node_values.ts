/** Values of nodes, and what workers tell of them. */

import { type BoardPlace, FrameBoard } from "../../aware/frame_board.ts";
import { type CopyPlace, NodeCopy } from "../../aware/node_copy.ts";
import {
  currentAffinity,
  type PerNode,
  type PerProcess,
  portable,
  type RegionLocal,
  SharedCounter,
} from "../../mod.ts";

type Counted = PerNode<SharedCounter> | PerProcess<SharedCounter>;

/** Makes values. */
export const newCounter: () => SharedCounter = portable(
  import.meta.url,
  function newCounter() {
    return new SharedCounter();
  },
);

/** Counts with the value of the worker's place. */
export const count: (handle: Counted) => number = portable(
  import.meta.url,
  function count({ value }: Counted) {
    return value.add(1) + 1;
  },
);

/** The memory of that value. */
export const bufferOf: (handle: Counted) => SharedArrayBuffer = portable(
  import.meta.url,
  function bufferOf({ value }: Counted) {
    return value.handle.buffer;
  },
);

/** Where a board and its copy on a node are. */
export interface BoardAndCopy {
  readonly board: BoardPlace;
  readonly copy: CopyPlace;
}

/** Reads the copy of the worker's node. */
export const readCopy: (places: BoardAndCopy) => number = portable(
  import.meta.url,
  function readCopy({ board, copy }: BoardAndCopy) {
    const { words } = new NodeCopy(new FrameBoard(board), copy)
      .read(currentAffinity());
    return words.reduce((sum, word) => sum + word, 0);
  },
);

/** Sets the value of the worker's node, after it has seen what there is. */
export const exchange: (local: RegionLocal<number>, value: number) => number =
  portable(
    import.meta.url,
    function exchange(local: RegionLocal<number>, value: number) {
      const former = local.get();
      local.set(value);
      return former;
    },
  );
