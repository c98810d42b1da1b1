/** Takes Deno away before it loads the module, as in a browser or in Node. */

const deno = Deno;
Reflect.deleteProperty(globalThis, "Deno");

const { allowedProcessors, pinThread, readTopology, Topology, topology } =
  await import("../../topology/mod.ts");

function errorOf(run: () => unknown): string {
  try {
    run();
    return "nothing";
  } catch (error) {
    return error instanceof Error ? error.name : "not an error";
  }
}

const machine = topology();
const report = {
  source: machine.source,
  processors: machine.online.size,
  affinity: allowedProcessors() ?? "unknown",
  pin: errorOf(() => pinThread(0)),
  read: errorOf(() => readTopology({ root: "/" })),
  fake: Topology.fake({ nodes: [4] }).cores.length,
};
deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
