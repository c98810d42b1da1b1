/**
 * Whether several workers can listen on one address.
 *
 * @module
 */

import type { Runtime } from "../workers/runtime/runtime.ts";
import type { Spread } from "./server_report.ts";

/**
 * Whether Deno lets several sockets listen on one port. It has to be started with
 * `--unstable-net`, or find `"unstable": ["net"]` in its configuration; to ask without
 * that would end the program, so this looks for something else that comes with it.
 */
export function canReusePort(): boolean {
  return typeof (Deno as { listenDatagram?: unknown }).listenDatagram ===
    "function";
}

/** How connections can get to the workers of a runtime. */
export function spreadOver(runtime: Runtime, path: string | undefined): Spread {
  if (path !== undefined || runtime.report().mode === "inline") return "single";
  if (canReusePort()) return "kernel";
  return runtime.size === 1 ? "single" : "relay";
}

/** What to say of that. @param hasThreads Whether the workers are threads. */
export function notesOn(
  spread: Spread,
  { path, hasThreads }: { path: string | undefined; hasThreads: boolean },
): string[] {
  if (path !== undefined) {
    return [
      "Worker 0 has all connections, as several sockets cannot listen on one path: listen on a port to use all workers",
    ];
  }
  if (!hasThreads) {
    return [
      "Worker 0 has all connections, as the workers are no threads: the report of the runtime says why",
    ];
  }
  if (spread === "kernel") return [];
  const remedy =
    `run with --unstable-net, or with "unstable": ["net"] in the deno.json of the program`;
  return [
    spread === "relay"
      ? `The workers share the port by sockets of Node, as those of Deno cannot, which takes more time for all that comes and goes: ${remedy}`
      : `Worker 0 has all connections: ${remedy}, and with more workers`,
  ];
}
