/**
 * A machine as text for a terminal.
 *
 * @module
 */

import { drawBoxes } from "./draw_boxes.ts";
import { drawLine } from "./draw_line.ts";
import {
  cacheFacts,
  distanceFacts,
  fact,
  FACTS_WIDTH,
  limitFacts,
  nodeFacts,
  summary,
} from "./facts.ts";
import { nest } from "./nesting.ts";
import type { Topology } from "./topology.ts";

/** A higher drawing tells less than a line does. */
const MOST_LINES = 32;
/** So many boxes have no room in so few lines. */
const MOST_PROCESSORS = 256;

/** The machine: what it has, how it looks, what may be used, and who says so. */
export function drawTopology(topology: Topology): string {
  const root = nest(topology);
  const boxes = topology.online.size > MOST_PROCESSORS
    ? []
    : drawBoxes(topology, root, FACTS_WIDTH);
  const fits = boxes.length > 0 && boxes.length <= MOST_LINES &&
    boxes.every((line) => line.length <= FACTS_WIDTH);
  return [
    summary(topology),
    "",
    ...fits ? boxes : [
      ...drawLine(topology, root, FACTS_WIDTH),
      "",
      ...nodeFacts(topology),
    ],
    "",
    ...fits ? [] : cacheFacts(topology),
    ...limitFacts(topology),
    ...distanceFacts(topology),
    ...fact("source", topology.source),
    ...topology.notes.flatMap((note, index) =>
      fact(index === 0 ? "notes" : "", note)
    ),
  ].join("\n");
}
