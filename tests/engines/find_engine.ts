/**
 * Finding other engines to test with: those of this machine, or from npm.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How long an engine may take to say who it is, in ms. */
const PATIENCE = 10_000;
/** How long npm may take to get one, in ms. */
const NPM_PATIENCE = 120_000;
/** Prints where the engine that runs it is, and which one it is. */
const WHO = "console.log(JSON.stringify([process.execPath, process.versions]))";

/** An engine: the name of its command, and what is needed of it. */
export interface WantedEngine {
  /** As in `process.versions`, on the path, and on npm. */
  readonly name: "node" | "bun";
  /** The first major version that will do, and the one that npm is asked for. */
  readonly major: number;
}

/** An engine that was found. */
export interface FoundEngine {
  /** Its file. */
  readonly path: string;
  /** As it says itself. */
  readonly version: string;
}

/**
 * The engine on the path if it will do, or else npm's, without installing it; undefined
 * if there is none: the reason is printed, as tests are ignored then.
 */
export async function findEngine(
  wanted: WantedEngine,
): Promise<FoundEngine | undefined> {
  const { name, major } = wanted;
  const tries: [string, string[], number][] = [
    [name, ["-e", WHO], PATIENCE],
    ["npx", ["-y", `${name}@${major}`, "-e", WHO], NPM_PATIENCE],
  ];
  const reasons: string[] = [];
  for (const [file, args, timeout] of tries) {
    try {
      const { stdout } = await run(file, args, { timeout });
      const [path, versions] = JSON.parse(stdout) as [
        string,
        Record<string, string>,
      ];
      const version = versions[name]!;
      if (parseInt(version) >= major) return { path, version };
      reasons.push(`${path} is ${version}`);
    } catch (error) {
      reasons.push(`${file}: ${String(error).split("\n")[0]}`);
    }
  }
  console.log(
    `Ignored: tests with ${name} ${major} or later, as there is none (${
      reasons.join("; ")
    })`,
  );
  return undefined;
}
