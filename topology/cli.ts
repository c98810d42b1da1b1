/**
 * Shows the machine that it runs on, or a recorded one: a drawing for the
 * terminal, JSON, or a picture.
 *
 * ```sh
 * deno run --allow-ffi jsr:@kindred/kindred/topology/cli
 * ```
 *
 * Run it with `--help` for its options. It prints, so no other module of the
 * library imports it.
 *
 * @module
 */

import { topology } from "./detect.ts";
import { readTopology } from "./read_topology.ts";
import { complain, print } from "./standard_streams.ts";
import type { Topology } from "./topology.ts";

const HELP = `Shows the hardware that a program runs on.

  deno run --allow-ffi jsr:@kindred/kindred/topology/cli [OPTIONS]

  --json       as JSON
  --svg FILE   as a picture, into a file (needs --allow-write=FILE)
  --root DIR   a recorded machine: the folder that has its sys and proc
               (needs --allow-read=DIR)
  --why        only what was read from where, and what is missing
  --help       this text`;

/** What the command line asks for. */
interface Request {
  json: boolean;
  why: boolean;
  help: boolean;
  svg?: string;
  root?: string;
}

/** What a run prints, and its exit status. */
export interface CliResult {
  /** For standard output; empty where there is none. */
  readonly output: string;
  /** For standard error; empty where there is none. */
  readonly complaint: string;
  /** 0, or 1 for what failed, or 2 for arguments that make no sense. */
  readonly code: number;
}

/**
 * Does what the arguments ask for, without printing it.
 *
 * @example Usage
 * ```ts
 * import { runCli } from "@kindred/kindred/topology/cli";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { code, output } = runCli(["--json"]);
 * assertEquals(code, 0);
 * assert(JSON.parse(output).nodes.length >= 1);
 * ```
 *
 * @param args The arguments, as in `["--root", "/tmp/machine"]`.
 * @returns What to print, and the exit status.
 */
export function runCli(args: readonly string[]): CliResult {
  let request: Request;
  try {
    request = parseArguments(args);
  } catch (error) {
    const complaint = `${messageOf(error)}\n\n${HELP}`;
    return { output: "", complaint, code: 2 };
  }
  try {
    return { output: outputOf(request), complaint: "", code: 0 };
  } catch (error) {
    return { output: "", complaint: messageOf(error), code: 1 };
  }
}

function parseArguments(args: readonly string[]): Request {
  const request: Request = { json: false, why: false, help: false };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name, ...value] = arg.split("=");
    if (name === "--svg" || name === "--root") {
      const given = value.length > 0 ? value.join("=") : rest.shift();
      if (given === undefined || given === "") {
        throw new TypeError(`Cannot show topology as ${name} needs a path`);
      }
      request[name === "--svg" ? "svg" : "root"] = given;
    } else if (arg === "--json" || arg === "--why" || arg === "--help") {
      request[arg === "--json" ? "json" : arg === "--why" ? "why" : "help"] =
        true;
    } else {
      throw new TypeError(
        `Cannot show topology as there is no option "${arg}"`,
      );
    }
  }
  return request;
}

function outputOf(request: Request): string {
  if (request.help) return HELP;
  const { root, svg } = request;
  const machine = root === undefined ? topology() : readTopology({ root });
  if (svg !== undefined) writePicture(machine, svg);
  if (request.json) return JSON.stringify(machine, undefined, 2);
  if (request.why) return reasons(machine);
  return svg === undefined ? machine.toString() : "";
}

/** Deno would ask for the permission, where there is somebody to ask. */
function writePicture(machine: Topology, path: string): void {
  const { state } = Deno.permissions.querySync({ name: "write", path });
  if (state !== "granted") {
    throw new Error(
      `Cannot write picture to "${path}" without permission: grant --allow-write=${path}`,
    );
  }
  Deno.writeTextFileSync(path, machine.toSvg());
}

/** Where the topology is from, and what is missing. */
function reasons(machine: Topology): string {
  const { notes, source } = machine;
  return [
    `Read from ${source}.`,
    ...notes.length > 0 ? notes : ["Nothing is missing."],
  ].join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) {
  const { code, complaint, output } = runCli(Deno.args);
  print(output);
  complain(complaint);
  Deno.exitCode = code;
}
