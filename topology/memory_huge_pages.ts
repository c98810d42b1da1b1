/**
 * Huge pages for memory.
 *
 * @module
 */

import { describeErrno, type MemoryView, platform } from "../ffi/mod.ts";
import { formatBytes } from "./format_bytes.ts";
import { whyNoMemoryCalls } from "./memory_missing.ts";
import { wholePagesOf } from "./memory_range.ts";

const FOLDER = "/sys/kernel/mm/transparent_hugepage";

/**
 * Asks for huge pages where whole ones fit into a view, which starts at a page.
 * The kernel gives them when the memory is touched, while it has some.
 *
 * @returns Why there will be none; `undefined` if there may be.
 */
export function askForHugePages(view: MemoryView): string | undefined {
  const system = platform();
  const { memory } = system;
  if (memory === undefined) return whyNoMemoryCalls(system);
  if (system.readFile(`${FOLDER}/enabled`)?.includes("[never]")) {
    return `the kernel gives none (${FOLDER}/enabled)`;
  }
  const size = Number(system.readFile(`${FOLDER}/hpage_pmd_size`));
  if (size > 0 && wholePagesOf(memory, view, size) === undefined) {
    return `no whole one of ${formatBytes(size)} fits into the buffer`;
  }
  const errno = memory.adviseHugePages(view);
  return errno === 0 ? undefined : `madvise fails with ${describeErrno(errno)}`;
}
