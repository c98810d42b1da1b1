/**
 * A machine as text for a terminal.
 *
 * @module
 */

import { drawBoxes } from "./draw_boxes.ts";
import { drawLine } from "./draw_line.ts";
import { formatBytes } from "./format_bytes.ts";
import { cacheLabel, nest } from "./nesting.ts";
import type { Topology } from "./topology.ts";

/** The width of a terminal that nobody has widened. */
const WIDTH = 80;
/** A higher drawing tells less than a line does. */
const MOST_LINES = 32;
/** More nodes than this get no table of distances. */
const MOST_DISTANCES = 8;
/** The width of the column of names. */
const NAMES = 11;

/** The machine: what it has, how it looks, what may be used, and who says so. */
export function drawTopology(topology: Topology): string {
  const root = nest(topology);
  const boxes = drawBoxes(topology, root, WIDTH);
  const fits = boxes.length <= MOST_LINES &&
    boxes.every((line) => line.length <= WIDTH);
  return [
    summary(topology),
    "",
    ...fits ? boxes : [
      ...drawLine(topology, root, WIDTH),
      "",
      ...nodeLines(topology),
    ],
    "",
    ...fits ? [] : cacheLines(topology),
    ...limitLines(topology),
    ...distanceLines(topology),
    ...entry("source", topology.source),
    ...topology.notes.flatMap((note, index) =>
      entry(index === 0 ? "notes" : "", note)
    ),
  ].join("\n");
}

/** `2 processors, 2 cores, 1 package, 1 node`. */
function summary(topology: Topology): string {
  const counts: [number, string][] = [
    [topology.online.size, "processor"],
    [topology.cores.length, "core"],
    [topology.packages.length, "package"],
    [topology.nodes.length, "node"],
  ];
  return counts.filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count === 1 ? "" : "s"}`)
    .join(", ");
}

/** A name, and beside it what is to be said under it. */
function entry(name: string, text: string): string[] {
  return wrapped(text, WIDTH - NAMES).map((line, index) =>
    `${(index === 0 ? name : "").padEnd(NAMES)}${line}`
  );
}

/** A text in lines, wrapped between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function nodeLines(topology: Topology): string[] {
  return topology.nodes.flatMap((node) => {
    const memory = node.memory === undefined ? "" : formatBytes(node.memory);
    const processors = node.processors.size === 0
      ? "no processors"
      : `${node.processors}`;
    return entry(`node ${node.id}`, `${memory.padEnd(8)}${processors}`);
  });
}

/** `L2 1 MB × 64, L3 32 MB × 8`. */
function cacheLines(topology: Topology): string[] {
  const names = topology.caches.map((cache) => cacheLabel(cache).name);
  if (names.length === 0) return [];
  const counts = [...Map.groupBy(names, (name) => name)]
    .map(([name, { length }]) => `${name} × ${length}`);
  return entry("caches", counts.join(", "));
}

function limitLines(topology: Topology): string[] {
  const { allowed, classes, online, processors, quota } = topology;
  const offline = processors.except(online);
  const every = allowed.size === online.size;
  return [
    ...classes.length > 1
      ? entry(
        "classes",
        classes.map((each) => `${each.processors}`).join(" slower than "),
      )
      : [],
    ...offline.size > 0 ? entry("offline", `${offline}`) : [],
    ...entry(
      "allowed",
      every
        ? `${allowed}`
        : `${allowed.size > 0 ? allowed : "none"} of ${online}`,
    ),
    ...entry(
      "quota",
      quota === undefined
        ? topology.cores.length === 0 ? "unknown" : "none"
        : `${quota} processor${quota === 1 ? "" : "s"}`,
    ),
  ];
}

function distanceLines(topology: Topology): string[] {
  const { nodes } = topology;
  if (nodes.length < 2 || nodes.length > MOST_DISTANCES) return [];
  if (topology.distance(nodes[0]!, nodes[1]!) === undefined) return [];
  const cell = (value: unknown): string => `${value ?? "?"}`.padStart(4);
  const heading = nodes.map((node) => cell(node.id)).join("");
  return [
    `${"distances".padEnd(NAMES)}node${heading}`,
    ...nodes.map((from) =>
      " ".repeat(NAMES) + cell(from.id) +
      nodes.map((to) => cell(topology.distance(from, to))).join("")
    ),
  ];
}
