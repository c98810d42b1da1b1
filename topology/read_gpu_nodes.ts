/**
 * Which processors are next to the memory of GPUs that are NUMA nodes, as
 * NVIDIA's driver tells.
 *
 * @module
 */

import type { MachineFiles } from "./machine_files.ts";

const DRIVER_FOLDER = "/proc/driver/nvidia/gpus";

/** The processors next to each node that is a GPU's memory, by the id of the node. */
export function readGpuNodes(
  files: MachineFiles,
): Map<number, readonly number[]> {
  const nodes = new Map<number, readonly number[]>();
  // A folder is named after the address of the device.
  for (const device of files.names(DRIVER_FOLDER)) {
    const status = files.text(`${DRIVER_FOLDER}/${device}/numa_status`) ?? "";
    const node = /Node:\s*(\d+)/.exec(status)?.[1];
    const near = files.map(`/sys/bus/pci/devices/${device}/local_cpus`);
    if (node !== undefined && near !== undefined) nodes.set(Number(node), near);
  }
  return nodes;
}
