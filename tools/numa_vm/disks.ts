/**
 * The guests' disks: one with Deno, and one with what it is to run.
 *
 * @module
 */

import { isFile, run } from "./command.ts";
import { BUSYBOX, findLibrary } from "./packages.ts";

const FOLDERS = [
  ...["bin", "dev", "etc", "guest", "lib", "lib64", "proc", "root", "run"],
  ...["sys", "tmp", "usr/bin", "usr/lib"],
];

/** The disk with Deno and what it needs: made once for each Deno. */
export async function prepareRootDisk(cache: string): Promise<string> {
  const deno = Deno.execPath();
  const { mtime, size } = await Deno.stat(deno);
  const disk = `${cache}/root-${size}-${mtime?.getTime() ?? 0}.img`;
  if (isFile(disk)) return disk;
  const folder = await Deno.makeTempDir({ prefix: "numa-vm-root-" });
  try {
    for (const name of FOLDERS) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    await Deno.copyFile(deno, `${folder}/usr/bin/deno`);
    await Deno.copyFile(BUSYBOX, `${folder}/bin/busybox`);
    await Deno.symlink("busybox", `${folder}/bin/sh`);
    for (const library of await librariesOf(deno)) {
      await Deno.mkdir(folder + parentOf(library), { recursive: true });
      await Deno.copyFile(library, folder + library);
    }
    await makeDisk(folder, `${disk}.new`);
    await Deno.rename(`${disk}.new`, disk);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return disk;
}

/** Makes a disk, an ext4 file system, with the files of a folder. */
export async function makeDisk(folder: string, disk: string): Promise<void> {
  const used = await run("du", ["-sk", "--apparent-size", folder]);
  const kilobytes = Math.ceil(parseInt(used) * 1.2) + 32 * 1024;
  const features = "^has_journal,^metadata_csum";
  await run("mke2fs", [
    ...["-q", "-t", "ext4", "-O", features, "-m", "0"],
    ...["-E", "root_owner=0:0,lazy_itable_init=1", "-d", folder],
    ...[disk, `${kilobytes}k`],
  ]);
}

/** The libraries that a program is linked with, and libnuma. */
async function librariesOf(program: string): Promise<string[]> {
  const linked = await run("ldd", [program]);
  const paths = [...linked.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  return [...new Set([...paths, (await findLibrary("libnuma.so.1"))!])];
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
