/**
 * Running a Deno program of its own: another set of permissions, another
 * environment, an end that would be the end of the test runner.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program: its text, or the URL or absolute path of the module to run. */
export type Program = string | { file: string | URL };

/** Options of {@linkcode runProgram}. */
export interface RunProgramOptions {
  /** Permission flags such as `--allow-ffi`; none by default. */
  permissions?: readonly string[];
  /** Further options of `deno run`, such as `--v8-flags=--expose-gc`. */
  flags?: readonly string[];
  /** The program's arguments. */
  args?: readonly string[];
  /** Environment variables besides the runner's; colours are off by default. */
  env?: Record<string, string>;
  /** The text on its standard input, which is empty and no terminal without. */
  stdin?: string;
  /** The folder it runs in; default: an empty one that is removed afterwards. */
  cwd?: string;
  /** Whether it has this repository's configuration; default: true. */
  isConfigured?: boolean;
  /** Milliseconds after which it is killed; default: 30 seconds. */
  timeout?: number;
  /** Is called with each piece of its standard output as it comes. */
  onStdout?: (text: string) => void;
}

/** How a program ended and what it said. */
export interface ProgramResult {
  /** Its exit status. */
  code: number;
  /** The signal that ended it, if one did. */
  signal: Deno.Signal | null;
  /** All of its standard output. */
  stdout: string;
  /** All of its standard error. */
  stderr: string;
  /** How long it ran. */
  milliseconds: number;
}

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/**
 * Runs a Deno program to its end. It may import Kindred as
 * `@kindred/kindred`, and nobody answers if it asks for a permission.
 *
 * @throws {Error} If it does not end in time; it is killed then, and the message
 * has what it said so far.
 */
export async function runProgram(
  program: Program,
  options: RunProgramOptions = {},
): Promise<ProgramResult> {
  const folder = await mkdtemp(join(tmpdir(), "kindred-program-"));
  try {
    const file = await moduleOf(program, folder);
    return await run(file, { cwd: folder, ...options });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function moduleOf(program: Program, folder: string): Promise<string> {
  if (typeof program !== "string") return String(program.file);
  const file = join(folder, "program.ts");
  await writeFile(file, program);
  return file;
}

async function run(
  file: string,
  options: RunProgramOptions & { cwd: string },
): Promise<ProgramResult> {
  const { permissions = [], flags = [], args = [], env = {}, stdin, cwd } =
    options;
  const { timeout = 30_000, isConfigured = true, onStdout = () => {} } =
    options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--no-lock"],
      ...(isConfigured ? ["--config", CONFIG] : ["--no-config"]),
      ...permissions,
      ...flags,
      file,
      ...args,
    ],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const start = performance.now();

  const stdout = new Output(child.stdout, onStdout);
  const stderr = new Output(child.stderr);
  if (stdin !== undefined) feed(child.stdin, stdin);

  let running = true;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (running) child.kill("SIGKILL");
    // Its own children may live on and hold the other ends of its pipes.
    stdout.stop();
    stderr.stop();
  }, timeout);
  const { code, signal } = await child.status;
  const milliseconds = performance.now() - start;
  running = false;
  await Promise.all([stdout.ended, stderr.ended]);
  clearTimeout(timer);

  if (timedOut) {
    throw new Error(
      `Program did not end within ${timeout} ms and was killed
--- standard output
${stdout.text}
--- standard error
${stderr.text}`,
    );
  }
  return {
    code,
    signal,
    stdout: stdout.text,
    stderr: stderr.text,
    milliseconds,
  };
}

/** The text that comes out of one of a program's pipes. */
class Output {
  text = "";
  /** Resolves when the pipe is closed on the other side, or stopped. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    onText: (text: string) => void = () => {},
  ) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    this.ended = this.#read(onText);
  }

  /** Reads no more, also if the pipe stays open. */
  stop(): void {
    this.#reader.cancel();
  }

  async #read(onText: (text: string) => void): Promise<void> {
    while (true) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.text += value;
      onText(value);
    }
  }
}

/** Writes a program's input. One that ends without reading it is no failure. */
async function feed(
  stream: WritableStream<Uint8Array<ArrayBuffer>>,
  text: string,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
