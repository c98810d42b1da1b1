/**
 * The guests' kernel: Debian's, unpacked and not installed.
 *
 * @module
 */

import { isFile, run } from "./command.ts";
import { type ArchiveEntry, archiveOf } from "./cpio.ts";
import { BUSYBOX, kernelPackage } from "./packages.ts";

/** What the guest needs to see its disks and ports; a kernel has some built in. */
const MODULES = [
  "virtio_ring",
  "virtio",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
  "virtio_blk",
  "virtio_console",
];

/** What a machine starts with. */
export interface Kernel {
  /** The kernel's path. */
  readonly path: string;
  /** The path of its first file system, to which each machine adds its own. */
  readonly initramfs: string;
}

/** Whether the kernel was downloaded already. */
export function hasKernel(cache: string): boolean {
  return isFile(pathIn(cache));
}

/**
 * The kernel, which is downloaded and unpacked once.
 *
 * @param cache The folder in which it stays.
 * @param folder The folder for what does not stay.
 */
export async function prepareKernel(
  cache: string,
  folder: string,
): Promise<Kernel> {
  const path = pathIn(cache);
  const initramfs = `${folder}/initramfs`;
  if (!hasKernel(cache)) await unpackKernel(cache);
  await Deno.writeFile(initramfs, archiveOf(await filesOf(cache)));
  return { path, initramfs };
}

function pathIn(cache: string): string {
  return `${cache}/vmlinuz`;
}

async function filesOf(cache: string): Promise<ArchiveEntry[]> {
  const modules = MODULES.map((name) => `${name}.ko`)
    .filter((file) => isFile(`${cache}/modules/${file}`));
  return [
    ...["bin", "m", "proc", "sys", "dev", "r"].map((path) => ({ path })),
    { path: "bin/busybox", content: await Deno.readFile(BUSYBOX) },
    {
      path: "init",
      content: await Deno.readFile(
        new URL("./guest_init.sh", import.meta.url),
      ),
    },
    ...await Promise.all(modules.map(async (file) => ({
      path: `m/${file}`,
      content: await Deno.readFile(`${cache}/modules/${file}`),
    }))),
  ];
}

async function unpackKernel(cache: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "numa-vm-kernel-" });
  try {
    const name = await kernelPackage();
    if (name === undefined) {
      throw new Error("Cannot download kernel: apt knows no package with it");
    }
    console.log(`Downloading ${name}`);
    // Its own user could not write into this folder.
    const asRoot = ["-o", "APT::Sandbox::User=root"];
    await run("apt-get", [...asRoot, "download", name], { cwd: folder });
    const file = await onlyFile(folder, name);
    await run("dpkg-deb", ["-x", file, "unpacked"], { cwd: folder });
    await Deno.mkdir(`${cache}/modules`, { recursive: true });
    for (const path of filesBelow(`${folder}/unpacked`)) {
      await keepModule(path, `${cache}/modules`);
    }
    const boot = `${folder}/unpacked/boot`;
    const kernel = await onlyFile(boot, "vmlinuz-");
    // Last, and at once: whoever finds it has the modules, too.
    await Deno.copyFile(`${boot}/${kernel}`, `${cache}/vmlinuz.new`);
    await Deno.rename(`${cache}/vmlinuz.new`, pathIn(cache));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The file of a folder whose name starts in a certain way. */
async function onlyFile(folder: string, start: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.startsWith(start)) return name;
  }
  throw new Error(`Cannot find file ${start}* in ${folder}`);
}

async function keepModule(path: string, folder: string): Promise<void> {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const [, name, packed] = /^(.*)\.ko(\.xz)?$/.exec(file) ?? [];
  if (name === undefined || !MODULES.includes(name)) return;
  await Deno.copyFile(path, `${folder}/${file}`);
  if (packed !== undefined) await run(BUSYBOX, ["unxz", `${folder}/${file}`]);
}

function* filesBelow(folder: string): Iterable<string> {
  for (const { isDirectory, isFile, name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    else if (isFile) yield path;
  }
}
