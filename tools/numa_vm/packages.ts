/**
 * What must be installed to play machines.
 *
 * @module
 */

import { findProgram, isFile, run } from "./command.ts";

/** The Debian packages, and the program by which each is known to be there. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "qemu-system-x86": "qemu-system-x86_64",
  "busybox-static": "busybox",
  "e2fsprogs": "mke2fs",
  "dpkg": "dpkg-deb",
  "apt": "apt-get",
};

/** Where busybox is that needs no libraries. */
export const BUSYBOX = "/bin/busybox";

/** The package that depends on the newest small kernel. */
const KERNEL = "linux-image-cloud-amd64";

/**
 * Why machines cannot be played here; undefined if they can.
 *
 * @param hasKernel Whether the kernel was downloaded already.
 */
export async function whatIsMissing(
  hasKernel: boolean,
): Promise<string | undefined> {
  const { arch, os } = Deno.build;
  if (os !== "linux" || arch !== "x86_64") {
    return `machines are played on x86-64 Linux only: this is ${arch} ${os}`;
  }
  const missing = Object.keys(PROGRAMS).filter((name) =>
    findProgram(PROGRAMS[name]!) === undefined
  );
  if (!missing.includes("busybox-static") && !await isStatic(BUSYBOX)) {
    missing.push("busybox-static");
  }
  if (await findLibrary("libnuma.so.1") === undefined) missing.push("libnuma1");
  if (missing.length > 0) {
    return `Debian packages are missing: apt-get install --no-install-recommends ${
      missing.join(" ")
    }`;
  }
  return hasKernel || await kernelPackage() !== undefined
    ? undefined
    : `apt knows no ${KERNEL}, which Debian has: apt-get update`;
}

/** The name of the package with the newest kernel for virtual machines, where apt knows one. */
export async function kernelPackage(): Promise<string | undefined> {
  const depends = await run("apt-cache", ["depends", KERNEL]).catch(() => "");
  return /Depends: (linux-image-\d\S*)/.exec(depends)?.[1];
}

/** Where the system's loader finds a library. */
export async function findLibrary(name: string): Promise<string | undefined> {
  // Not every system has one.
  const list = await run("ldconfig", ["-p"]).catch(() => "");
  return list.split("\n").find((line) => line.trim().startsWith(`${name} `))
    ?.split("=> ")[1]?.trim();
}

async function isStatic(path: string): Promise<boolean> {
  if (!isFile(path)) return false;
  // Only the one without libraries can load modules, too.
  return (await run(path, ["--list"])).split("\n").includes("insmod");
}
