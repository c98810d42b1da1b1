/**
 * Folders that hold a machine's `/sys`, of any size, for benches of reading.
 */

import { formatCpuList } from "../../topology/mod.ts";

/** What {@linkcode machineFolder} writes. */
export interface MachineSize {
  readonly nodes: number;
  /** The cores of each node. */
  readonly cores: number;
  /** The processors of each core. */
  readonly smt: number;
}

const CPU = "sys/devices/system/cpu";
const NODE = "sys/devices/system/node";

/** Writes a machine with a package and an L3 for each node, and returns its folder. */
export function machineFolder(size: MachineSize): string {
  const root = Deno.makeTempDirSync();
  const perNode = size.cores * size.smt;
  const last = size.nodes * perNode - 1;
  const write = (folder: string, files: Record<string, unknown>) => {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      Deno.writeTextFileSync(`${root}/${folder}/${name}`, `${content}\n`);
    }
  };
  write(CPU, { present: `0-${last}`, online: `0-${last}` });
  write(NODE, { online: `0-${size.nodes - 1}` });
  for (let node = 0; node < size.nodes; node++) {
    const first = node * perNode;
    const members = formatCpuList(range(first, perNode));
    write(`${NODE}/node${node}`, {
      cpulist: members,
      distance: range(0, size.nodes).map((to) => to === node ? 10 : 20)
        .join(" "),
      meminfo: `Node ${node} MemTotal: 16777216 kB`,
    });
    for (const id of range(first, perNode)) {
      const core = Math.floor((id - first) / size.smt);
      const threads = formatCpuList(range(first + core * size.smt, size.smt));
      write(`${CPU}/cpu${id}/topology`, {
        core_id: core,
        physical_package_id: node,
        die_id: 0,
        core_cpus_list: threads,
      });
      for (
        const [index, type] of ["Data", "Instruction", "Unified", "Unified"]
          .entries()
      ) {
        write(`${CPU}/cpu${id}/cache/index${index}`, {
          level: Math.max(1, index),
          type,
          size: "32K",
          coherency_line_size: 64,
          shared_cpu_list: index === 3 ? members : threads,
        });
      }
    }
  }
  return root;
}

function range(first: number, length: number): number[] {
  return Array.from({ length }, (_, index) => first + index);
}
