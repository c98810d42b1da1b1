import type { Running } from "../../harness/scenario.ts";
import type { Cost, Order } from "./child.ts";

/** What a process of its own says. */
async function costOf(order: Order): Promise<Cost> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "-A",
      new URL("./child.ts", import.meta.url).href,
      JSON.stringify(order),
    ],
  }).output();
  if (!success) {
    // One line: it becomes one of the report.
    const said = new TextDecoder().decode(stderr).trim().replaceAll("\n", " ");
    throw new Error(`A process with ${order.workers} workers failed: ${said}`);
  }
  return JSON.parse(new TextDecoder().decode(stdout)) as Cost;
}

function reading(read: () => Promise<number>): Promise<Running> {
  return Promise.resolve({
    run: async () => ({ value: await read() }),
    close() {},
  });
}

/** Resident memory that so many workers take in addition to so many others, in MiB. */
export function memory(
  kind: Order["kind"],
  { workers, beside }: { readonly workers: number; readonly beside: number },
): Promise<Running> {
  return reading(async () => {
    const without = await costOf({ kind, workers: beside, idleMs: 0 });
    const all = await costOf({ kind, workers: workers + beside, idleMs: 0 });
    return (all.memory - without.memory) / 1024 / 1024;
  });
}

/** Processor time while nothing is done, in percent of one processor. */
export function idle(
  kind: Order["kind"],
  workers: number,
  idleMs: number,
): Promise<Running> {
  return reading(async () =>
    100 * (await costOf({ kind, workers, idleMs })).processorMs / idleMs
  );
}
