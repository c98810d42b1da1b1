/**
 * Machines that were recorded.
 *
 * @module
 */

import { denoNamespace } from "../ffi/mod.ts";
import { denoFiles } from "./deno_files.ts";
import { readRecord } from "./read_record.ts";
import { Topology } from "./topology.ts";

/** Options of {@linkcode readTopology}. */
export interface ReadTopologyOptions {
  /** The folder that holds the machine's `sys` and `proc`. */
  readonly root: string | URL;
}

/**
 * Reads a recorded machine from a folder that holds copies of its `/sys` and
 * `/proc`, such as the recordings of hwloc. The machine that the program runs
 * on is not asked for anything.
 *
 * `sys/devices/system/cpu` is all that must be there; `sys/devices/system/node`
 * has nodes and memory, `proc/self/status` the affinity, and
 * `proc/self/cgroup` with `proc/self/mountinfo` or `proc/mounts` lead to the
 * limits of control groups.
 *
 * @example Usage
 * ```ts
 * import { readTopology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const root = Deno.makeTempDirSync();
 * const cpu = `${root}/sys/devices/system/cpu`;
 * Deno.mkdirSync(cpu, { recursive: true });
 * Deno.writeTextFileSync(`${cpu}/present`, "0-3\n");
 * Deno.writeTextFileSync(`${cpu}/online`, "0,2-3\n");
 *
 * const machine = readTopology({ root });
 * assertEquals(`${machine.online}`, "0,2-3");
 * Deno.removeSync(root, { recursive: true });
 * ```
 *
 * @param options Where the machine is recorded.
 * @returns The topology of that machine.
 * @throws {TypeError} When the root is neither a path nor a `file:` URL.
 * @throws {Error} When there is no permission to read the folder, or no machine in it.
 */
export function readTopology(options: ReadTopologyOptions): Topology {
  const root = pathOf(options?.root);
  // Of the root of the file system nothing is left before the paths.
  const folder = root === "/" ? "" : root;
  const deno = denoNamespace();
  if (deno === undefined) {
    throw new Error(
      `Cannot read topology of "${root}" as this JavaScript runtime is not Deno`,
    );
  }
  const { state } = deno.permissions.querySync({ name: "read", path: root });
  if (state !== "granted") {
    throw new Error(
      `Cannot read topology of "${root}" without permission: grant --allow-read=${root}`,
    );
  }
  const record = readRecord(denoFiles(deno, folder), {
    source: `the recording in ${root}`,
    notes: [],
    affinity: undefined,
    numa: undefined,
  });
  if (record === undefined) {
    throw new Error(
      `Cannot read topology of "${root}" as it has no processors in sys/devices/system/cpu`,
    );
  }
  return new Topology(record);
}

function pathOf(root: unknown): string {
  const isFile = root instanceof URL && root.protocol === "file:";
  const path = isFile ? decodeURIComponent(root.pathname) : root;
  if (typeof path !== "string" || path === "") {
    throw new TypeError(
      `Cannot read topology as 'root' must be a path or a file URL: received ${
        JSON.stringify(root)
      }`,
    );
  }
  return path.replace(/(?<=.)\/+$/, "");
}
