/**
 * What is to be said of a machine in lines of text, each with its name before
 * it.
 *
 * @module
 */

import { formatCpuList } from "./cpu_list.ts";
import { formatBytes } from "./format_bytes.ts";
import { cacheLabel } from "./nesting.ts";
import type { Topology } from "./topology.ts";

/** The width of a terminal that nobody has widened. */
export const FACTS_WIDTH = 80;
/** More nodes than this get no table of distances. */
const MOST_DISTANCES = 8;
/** The width of the column of names. */
const NAMES = 11;

/** `2 processors, 2 cores, 1 package, 1 node`. */
export function summary(topology: Topology): string {
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
export function fact(name: string, text: string): string[] {
  return wrapped(text, FACTS_WIDTH - NAMES).map((line, index) =>
    `${(index === 0 ? name : "").padEnd(NAMES)}${line}`
  );
}

/** A text in lines, wrapped after blanks and commas: a kernel list has no blanks. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(/(?<=[ ,])/)) {
    if (line !== "" && (line + piece).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
  }
  return [...lines, line];
}

/** `node 0     16 GB   0-7`, a line for each. */
export function nodeFacts(topology: Topology): string[] {
  return topology.nodes.flatMap((node) => {
    const memory = node.memory === undefined ? "" : formatBytes(node.memory);
    const processors = node.processors.size === 0
      ? "no processors"
      : `${node.processors}`;
    return fact(`node ${node.id}`, `${memory.padEnd(8)}${processors}`);
  });
}

/** `L2 1 MB × 64, L3 32 MB × 8`. */
export function cacheFacts(topology: Topology): string[] {
  const names = topology.caches.map((cache) => cacheLabel(cache).name);
  if (names.length === 0) return [];
  const counts = [...Map.groupBy(names, (name) => name)]
    .map(([name, { length }]) => `${name} × ${length}`);
  return fact("caches", counts.join(", "));
}

/** Which processors are slower, offline, isolated or allowed, and for how much time. */
export function limitFacts(topology: Topology): string[] {
  const { allowed, classes, isolated, nodes, online, processors, quota } =
    topology;
  const offline = processors.except(online);
  const memory = nodes.filter((node) => node.allowed);
  const every = allowed.size === online.size;
  return [
    ...classes.length > 1
      ? fact(
        "classes",
        classes.map((each) => `${each.processors}`).join(" slower than "),
      )
      : [],
    ...offline.size > 0 ? fact("offline", `${offline}`) : [],
    ...isolated.size > 0 ? fact("isolated", `${isolated}`) : [],
    ...fact(
      "allowed",
      every
        ? `${allowed}`
        : `${allowed.size > 0 ? allowed : "none"} of ${online}`,
    ),
    ...memory.length < nodes.length
      ? fact(
        "memory",
        `of nodes ${formatCpuList(memory.map((node) => node.id))} only`,
      )
      : [],
    ...fact(
      "quota",
      quota === undefined
        ? topology.cores.length === 0 ? "unknown" : "none"
        : `${quota} processor${quota === 1 ? "" : "s"}`,
    ),
  ];
}

/** The table of distances, where there are several nodes and not too many. */
export function distanceFacts(topology: Topology): string[] {
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
