/**
 * What is computed, and with what.
 *
 * @module
 */

import type { ParallelOptions } from "../run/parallel_options.ts";
import type { Node } from "./node.ts";

/** What is computed, and with what. */
export interface Plan<N extends Node = Node> {
  /** How the values are computed. */
  readonly node: N;
  /** What it is run with. */
  readonly options: ParallelOptions;
}
