// Reading the folders of big machines, and drawing them.
import { readTopology } from "../topology/mod.ts";
import { machineFolder } from "./harness/machine_folder.ts";

for (const cores of [16, 96]) {
  const size = { nodes: 8, cores, smt: 2 };
  const root = machineFolder(size);
  const group = `${size.nodes * size.cores * size.smt} processors`;
  addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

  Deno.bench(`readTopology() of ${group}`, { group, n: 10 }, () => {
    readTopology({ root });
  });

  const machine = readTopology({ root });

  Deno.bench(`Topology.toString() of ${group}`, { group, n: 10 }, () => {
    machine.toString();
  });

  Deno.bench(`Topology.toSvg() of ${group}`, { group, n: 10 }, () => {
    machine.toSvg();
  });
}
