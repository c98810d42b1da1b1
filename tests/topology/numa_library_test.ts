import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { platform } from "../../ffi/mod.ts";
import { readTopology, type TopologyJSON } from "../../topology/mod.ts";
import {
  NEEDS_RECORDINGS,
  RECORDED_MACHINES,
  withRecording,
} from "./recorded_machines.ts";

const FAKE_SYS = fileURLToPath(new URL("./fake_sys.sh", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./numa_program.ts", import.meta.url));

/** Whether this process may make a mount namespace, and has a libnuma to ask. */
const able = Deno.build.os === "linux" && Deno.uid() === 0 &&
  platform().numa !== undefined && canUnshare();

/** Those whose kernels are too old to list their nodes, or that have none. */
const WITHOUT_NODES = [
  "16em64t-4s2c2t-offlines",
  "256ppc-8n8s4t",
  "2arm-2c",
];

const MACHINES = able
  ? RECORDED_MACHINES.filter((name) => !WITHOUT_NODES.includes(name))
  : [];

function canUnshare(): boolean {
  try {
    return new Deno.Command("unshare", {
      args: ["--mount", "mount", "--make-rprivate", "/"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

/** The topology that a program sees on whose machine the recording stands for `/sys`. */
function detectedOn(root: string): TopologyJSON {
  const { code, stderr, stdout } = new Deno.Command("bash", {
    args: [
      FAKE_SYS,
      root,
      Deno.execPath(),
      ...["run", "-A", "--no-check", "--no-lock", PROGRAM],
    ],
    stdin: "null",
  }).outputSync();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(code, 0);
  return JSON.parse(decoder.decode(stdout));
}

Deno.test({
  name:
    `libnuma reads of recorded machines what readTopology() reads (needs root and libnuma) ${NEEDS_RECORDINGS}`,
  ignore: MACHINES.length === 0,
  async fn(t) {
    for (const name of MACHINES) {
      await t.step(name, () => withRecording(name, assertAgrees));
    }
  },
});

function assertAgrees(root: string): void {
  const detected = detectedOn(root);
  const read = readTopology({ root }).toJSON();
  assertEquals(detected.nodes, read.nodes);
  assertEquals(detected.distances, read.distances);
  assertEquals(detected.cores, read.cores);
  assertEquals(detected.caches, read.caches);
  const places = (json: TopologyJSON) =>
    json.processors.map(({ id, node, online }) => [id, node, online]);
  assertEquals(places(detected), places(read));
  const none = /no-numa-kernel|arm-3class/.test(root);
  assert(none || detected.source.startsWith("libnuma"));
}
