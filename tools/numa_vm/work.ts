/**
 * What runs in the machines: tests of this repository.
 *
 * @module
 */

import { libraryFolders, ROOT } from "../repository.ts";
import { run } from "./command.ts";
import { makeDisk } from "./disks.ts";
import type { Machine } from "./machines.ts";

/** What the tests import, besides the library. */
const COPIED = [
  ...["mod.ts", "deno.json", "tests/ffi", "tests/numa", "tests/offline"],
  ...["tests/support", "tests/topology", "tools/numa_vm/machines.ts"],
];

/** The tests that run in every machine. */
const TESTS = "tests/numa/in_machine.ts";

/** The tests that run in thorough machines, too. */
const MORE_TESTS = "tests/numa/in_thorough_machine.ts";

/** JSR cannot be reached from inside, so the imports come from npm's cache. */
const OFFLINE = "--import-map=tests/offline/import_map.json";

/** The command that runs a machine's tests, types not checked: that takes minutes there. */
export function commandFor(machine: Machine): string {
  const tests = machine.thorough ? `${TESTS} ${MORE_TESTS}` : TESTS;
  return `deno test -A --no-check --no-lock --cached-only ${OFFLINE} ${tests}`;
}

/**
 * Makes the disk with the tests and everything that they import.
 *
 * @param cache The folder in which downloads stay.
 * @param folder The folder for what does not stay.
 */
export async function prepareWorkDisk(
  cache: string,
  folder: string,
): Promise<string> {
  const guest = `${folder}/guest`;
  await Deno.mkdir(`${guest}/tests`, { recursive: true });
  await Deno.mkdir(`${guest}/tools/numa_vm`, { recursive: true });
  for (const path of [...libraryFolders(), ...COPIED]) {
    await run("cp", ["-r", ROOT + path, `${guest}/${path}`]);
  }
  await prepareDenoFolder(cache, guest);
  const disk = `${folder}/work.img`;
  await makeDisk(guest, disk);
  return disk;
}

/**
 * Fills the guest's folder for Deno with the packages that the tests import, and
 * with what its compiler makes of the modules: in the machine it takes long.
 */
async function prepareDenoFolder(cache: string, guest: string): Promise<void> {
  const deno = `${guest}/.deno`;
  const packages = `${cache}/npm`;
  const known = isFolder(packages);
  await Deno.mkdir(deno);
  if (known) await run("cp", ["-r", packages, `${deno}/npm`]);
  await run(Deno.execPath(), [
    ...["cache", "--quiet", "--no-lock", OFFLINE, TESTS, MORE_TESTS],
  ], { cwd: guest, env: { DENO_DIR: deno } });
  if (!known) {
    // At once, as other runs may look for it.
    await run("cp", ["-r", `${deno}/npm`, `${guest}/../npm`]);
    await run("mv", ["-nT", `${guest}/../npm`, packages]);
  }
  // Modules are known by their paths, and this folder has another one there.
  const compiled = `${deno}/gen/file`;
  await Deno.rename(compiled + guest, `${compiled}/guest`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
