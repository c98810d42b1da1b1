/**
 * `deno task test:numa [MACHINE ...]`: runs the tests of topology, pinning and
 * placing of memory in emulated machines with several nodes; `--list` names the
 * machines. It needs some Debian packages, and says which.
 *
 * @module
 */

import { TestSummary } from "../test_summary.ts";
import { boot, type Job } from "./boot.ts";
import { prepareRootDisk } from "./disks.ts";
import { hasKernel, prepareKernel } from "./kernel.ts";
import { endOfProcess } from "./end_of_process.ts";
import { type Machine, MACHINES } from "./machines.ts";
import { whatIsMissing } from "./packages.ts";
import { commandFor, prepareWorkDisk } from "./work.ts";

/** Exit status where machines cannot be played at all. */
const UNAVAILABLE = 2;

/** What all machines share. */
type Disks = Omit<Job, "command" | "signal">;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--list")) {
    for (const { name, text } of MACHINES) {
      console.log(`${name.padEnd(12)} ${text}`);
    }
    return 0;
  }
  const chosen = args.length === 0 ? MACHINES : args.map(machineNamed);
  const cache = cacheFolder();
  const missing = await whatIsMissing(hasKernel(cache));
  if (missing !== undefined) {
    console.error(`Cannot run the tests on NUMA machines: ${missing}`);
    return UNAVAILABLE;
  }
  const signal = endOfProcess();
  const folder = await Deno.makeTempDir({ prefix: "numa-vm-work-" });
  try {
    const disks = await prepare(cache, folder);
    return await testAll(chosen, (machine) => ({
      ...disks,
      command: commandFor(machine),
      signal,
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where the kernel and the disk with Deno are kept. */
function cacheFolder(): string {
  const caches = Deno.env.get("XDG_CACHE_HOME") ??
    `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${caches}/kindred-numa-vm`;
}

async function prepare(cache: string, folder: string): Promise<Disks> {
  await Deno.mkdir(cache, { recursive: true });
  return {
    kernel: await prepareKernel(cache, folder),
    rootDisk: await prepareRootDisk(cache),
    workDisk: await prepareWorkDisk(cache, folder),
  };
}

/** Tests as many machines at a time as there are processors to play them. */
async function testAll(
  machines: readonly Machine[],
  jobFor: (machine: Machine) => Job,
): Promise<number> {
  const waiting = [...machines];
  let failed = 0;
  async function testSome(): Promise<void> {
    for (;;) {
      const machine = waiting.shift();
      if (machine === undefined) return;
      if (!await test(machine, jobFor(machine))) failed++;
    }
  }
  await Promise.all(
    Array.from({ length: navigator.hardwareConcurrency }, testSome),
  );
  console.log(
    failed === 0
      ? `The tests pass on ${machines.length} machines`
      : `The tests fail on ${failed} of ${machines.length} machines`,
  );
  return failed === 0 ? 0 : 1;
}

async function test(machine: Machine, job: Job): Promise<boolean> {
  const { milliseconds, output, status } = await boot(machine, job);
  const summary = new TestSummary();
  summary.add(new TextEncoder().encode(output));
  const { failed = 0, passed = 0 } = summary.counts() ?? {};
  const passes = status === 0 && passed > 0 && failed === 0;
  if (!passes) console.log(`\n== ${machine.name}\n${output}`);
  const seconds = (milliseconds / 1000).toFixed(1);
  console.log(
    `${
      machine.name.padEnd(12)
    } ${passed} passed, ${failed} failed, ${seconds} s: ${machine.text}`,
  );
  return passes;
}

function machineNamed(name: string): Machine {
  const machine = MACHINES.find((each) => each.name === name);
  if (machine !== undefined) return machine;
  throw new RangeError(
    `Cannot test machine "${name}": expected one of ${
      MACHINES.map((each) => each.name).join(", ")
    }`,
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
