/**
 * Playing a machine: QEMU emulates all of it, so no rights and no hardware are
 * needed.
 *
 * @module
 */

import { archiveOf } from "./cpio.ts";
import type { Kernel } from "./kernel.ts";
import { hardwareArguments, type Machine } from "./machines.ts";

/** How long a machine may run, in milliseconds. */
const TIME_LIMIT = 600_000;

/** What a machine is to do. */
export interface Job {
  /** The kernel. */
  readonly kernel: Kernel;
  /** The disk with Deno. */
  readonly rootDisk: string;
  /** The disk with what it runs, at `/guest`; it stays as it is. */
  readonly workDisk: string;
  /** The command: a shell's, in `/guest`. */
  readonly command: string;
  /** Ends the machine before its time. */
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Outcome {
  /** The command's exit status; undefined if the machine did not get that far. */
  readonly status: number | undefined;
  /** What it printed, and the machine's console if it did not end well. */
  readonly output: string;
  /** How long the machine ran, in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Runs a command in a machine.
 *
 * @throws {Error} If QEMU refuses to play the machine, or the job's signal ends it.
 */
export async function boot(machine: Machine, job: Job): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "numa-vm-" });
  try {
    await Deno.writeFile(`${folder}/initramfs`, await initramfs(machine, job));
    const start = performance.now();
    const timedOut = await runMachine(machine, job, folder);
    const milliseconds = performance.now() - start;
    const [out, err, control, console] = await Promise.all(
      ["out", "err", "ctl", "console"].map((name) => textOf(folder, name)),
    );
    const status = /^\d+$/m.exec(control!)?.[0];
    const output = `${out}${err}`;
    if (status !== undefined) {
      return { status: Number(status), output, milliseconds };
    }
    const end = timedOut
      ? `It did not end in ${TIME_LIMIT / 1000} s: killed`
      : "It ended without a status";
    return {
      status: undefined,
      output: `${output}\n${end}\n${console!.slice(-4000)}`,
      milliseconds,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The kernel's first file system, and what is this machine's own. */
async function initramfs(machine: Machine, job: Job): Promise<Uint8Array> {
  const { group, offline = "" } = machine;
  const variables = {
    OFFLINE: offline,
    CPUS: group?.processors ?? "",
    MEMS: group?.nodes ?? "",
    QUOTA: group?.quota ?? "",
    V1: group?.version === 1 ? "1" : "",
  };
  const own = archiveOf([
    {
      path: "machine.env",
      content: Object.entries(variables)
        .map(([name, value]) => `${name}='${value}'\n`).join(""),
    },
    { path: "go", content: goScript(machine, job.command) },
  ]);
  const common = await Deno.readFile(job.kernel.initramfs);
  const both = new Uint8Array(common.length + own.length);
  both.set(common);
  both.set(own, common.length);
  return both;
}

function goScript(machine: Machine, command: string): string {
  return [
    "cd /guest",
    "export HOME=/root PATH=/usr/bin:/bin DENO_DIR=/guest/.deno",
    "export NO_COLOR=1 DENO_NO_UPDATE_CHECK=1 LANG=C.UTF-8",
    `export NUMA_VM_MACHINE=${machine.name}`,
    `exec ${command}`,
    "",
  ].join("\n");
}

/** Returns whether it was killed as its time was up. */
async function runMachine(
  machine: Machine,
  job: Job,
  folder: string,
): Promise<boolean> {
  for (const name of ["out", "err", "ctl", "console"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
  }
  const limit = AbortSignal.timeout(TIME_LIMIT);
  const { success, stderr } = await new Deno.Command("qemu-system-x86_64", {
    args: emulatorArguments(machine, job, folder),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.any([limit, job.signal]),
  }).output();
  job.signal.throwIfAborted();
  if (!success && !limit.aborted) {
    const text = new TextDecoder().decode(stderr);
    throw new Error(`Cannot play machine ${machine.name}: ${text}`);
  }
  return limit.aborted;
}

function emulatorArguments(
  machine: Machine,
  job: Job,
  folder: string,
): string[] {
  // On a busy host the kernel measures the processors' counters wrong, so that
  // its clock runs many times too fast, and finds that timers do not work.
  const kernel = [
    "console=ttyS0 quiet panic=-1 edd=off mitigations=off nokaslr audit=0",
    "random.trust_cpu=1 clocksource=hpet tsc=nowatchdog no_timer_check",
    machine.kernel ?? "",
  ].join(" ");
  return [
    // One host thread plays all processors in turn, which is faster than to
    // have them agree on memory. Only as Intel's they have hardware threads.
    ...["-accel", "tcg,thread=single,tb-size=512"],
    ...["-cpu", "max,vendor=GenuineIntel"],
    ...hardwareArguments(machine),
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-no-reboot", "-nic", "none"],
    ...["-kernel", job.kernel.path, "-initrd", `${folder}/initramfs`],
    ...["-append", kernel],
    ...["-chardev", `file,id=con,path=${folder}/console`],
    ...["-serial", "chardev:con", "-device", "virtio-serial-pci"],
    ...["out", "err", "ctl"].flatMap((name) => [
      ...["-chardev", `file,id=${name},path=${folder}/${name}`],
      ...["-device", `virtserialport,chardev=${name},name=${name}`],
    ]),
    ...disk("root", `file=${job.rootDisk},readonly=on`),
    ...disk("work", `file=${job.workDisk},snapshot=on`),
  ];
}

function disk(id: string, source: string): string[] {
  const drive = `if=none,id=${id},format=raw,cache=unsafe,${source}`;
  return ["-drive", drive, "-device", `virtio-blk-pci,drive=${id}`];
}

function textOf(folder: string, name: string): Promise<string> {
  return Deno.readTextFile(`${folder}/${name}`);
}
