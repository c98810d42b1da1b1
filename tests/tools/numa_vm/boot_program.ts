/** Plays a machine with whatever is called QEMU, until it ends or this process is told to. */

import { boot } from "../../../tools/numa_vm/boot.ts";
import { endOfProcess } from "../../../tools/numa_vm/end_of_process.ts";
import { MACHINES } from "../../../tools/numa_vm/machines.ts";

const initramfs = await Deno.makeTempFile();
try {
  await boot(MACHINES[0]!, {
    kernel: { path: "no-kernel", initramfs },
    rootDisk: "no-disk",
    workDisk: "no-disk",
    command: "true",
    signal: endOfProcess(),
  });
} finally {
  await Deno.remove(initramfs);
}
