/**
 * Running programs of the system.
 *
 * @module
 */

/** Options of {@linkcode run}. */
export interface RunOptions {
  /** The folder it runs in. */
  readonly cwd?: string;
  /** Environment variables besides this process's own. */
  readonly env?: Record<string, string>;
}

/** Administrators' programs are in folders that not every user searches. */
const PATH = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;

/**
 * Runs a program to its end.
 *
 * @returns What it printed.
 * @throws {Error} If it fails; the message has what it printed.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    ...options,
    env: { PATH, ...options.env },
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  if (success) return output;
  throw new Error(
    `Cannot run ${program} ${args.join(" ")}\n${output}${
      decoder.decode(stderr)
    }`,
  );
}

/** Where a program is; undefined: it is not installed. */
export function findProgram(name: string): string | undefined {
  return PATH.split(":").map((folder) => `${folder}/${name}`).find(isFile);
}

/** Whether there is a file at a path. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
