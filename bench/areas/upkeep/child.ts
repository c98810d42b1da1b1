// A process that starts workers, and says what they cost while they do nothing.
import process from "node:process";
import { Runtime } from "../../../workers/mod.ts";
import { startRawWorkers } from "./raw_workers.ts";

/** What a process is told, as JSON in its first argument. */
export interface Order {
  readonly kind: "raw" | "kindred";
  readonly workers: number;
  /** For how long to look, in milliseconds. */
  readonly idleMs: number;
}

/** What it answers. */
export interface Cost {
  /** Resident memory after that time, in bytes. */
  readonly memory: number;
  /** Time of all processors that it took, in milliseconds. */
  readonly processorMs: number;
}

async function start({ kind, workers }: Order): Promise<void> {
  if (workers === 0) return;
  if (kind === "raw") {
    await startRawWorkers(workers, "raw_host.ts");
    return;
  }
  const runtime = await Runtime.start({ workers });
  await runtime.broadcast(() => 1);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

if (import.meta.main) {
  const order = JSON.parse(Deno.args[0]!) as Order;
  await start(order);
  // Until what comes right after a start is over.
  await pause(300);
  const before = processorMs();
  await pause(order.idleMs);
  const cost: Cost = {
    memory: Deno.memoryUsage().rss,
    processorMs: processorMs() - before,
  };
  console.log(JSON.stringify(cost));
  Deno.exit();
}
