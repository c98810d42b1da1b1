/**
 * A server in a process of its own.
 *
 * @module
 */

import { processorTime } from "./processor_time.ts";

/** How such a process is started. */
export interface ServerCommand {
  /** The program; default: this Deno. */
  readonly program?: string;
  readonly args: readonly string[];
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** For how long to wait until it listens, in milliseconds. Default 60 000. */
  readonly patience?: number;
}

/** How it ended. */
export interface ServerEnd {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** All that it wrote. */
  readonly output: string;
}

/** Where in the output something is to stand, and when. */
export interface SaysOptions {
  /** Not among its first characters, so many. Default 0. */
  readonly after?: number;
  /** For how long to wait, in milliseconds. Default 60 000. */
  readonly patience?: number;
}

/**
 * A server of 127.0.0.1, which says in some line where it listens: `http://127.0.0.1:1234`, or
 * likewise with another protocol.
 * One of several processes names the others in that line: `processes 17, 18`.
 */
export class ServerProcess implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** The processes that serve. */
  readonly pids: readonly number[];
  /** When it has ended, by itself or by a signal. */
  readonly ended: Promise<ServerEnd>;
  readonly #child: Deno.ChildProcess;
  readonly #output: Output;
  #isOver = false;

  private constructor(
    child: Deno.ChildProcess,
    output: Output,
    [, port = "", pids]: RegExpExecArray,
  ) {
    this.#child = child;
    this.#output = output;
    this.port = Number(port);
    this.pids = pids === undefined
      ? [child.pid]
      : [child.pid, ...pids.split(", ").map(Number)];
    this.ended = this.#end();
  }

  /**
   * Starts one, and waits until it listens.
   *
   * @throws {Error} If it ends before, or does not listen in time; then it is killed.
   */
  static async start(
    { program = Deno.execPath(), args, env = {}, patience = 60_000 }:
      ServerCommand,
  ): Promise<ServerProcess> {
    const child = new Deno.Command(program, {
      args: [...args],
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = new Output(child);
    try {
      const line = await output.says(
        /\w+:\/\/127\.0\.0\.1:(\d+)[^\n]*?(?:processes (\d[\d, ]*))?\n/,
        { patience },
      );
      return new ServerProcess(child, output, line);
    } catch (error) {
      kill(child, "SIGKILL");
      await child.status;
      throw error;
    }
  }

  /** What it wrote so far. */
  get output(): string {
    return this.#output.text;
  }

  /** Processor time of all its processes so far, in nanoseconds. */
  processorTime(): number {
    return this.pids.reduce((sum, pid) => sum + processorTime(pid), 0);
  }

  /**
   * Waits until something stands in its output.
   *
   * @throws {Error} If it ends before or does not say it in time.
   */
  says(what: RegExp, options: SaysOptions = {}): Promise<RegExpExecArray> {
    return this.#output.says(what, options);
  }

  /** Sends a signal; one that has ended gets none. */
  signal(signal: Deno.Signal): void {
    if (!this.#isOver) kill(this.#child, signal);
  }

  /** Kills it, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  async #end(): Promise<ServerEnd> {
    const { code, signal } = await this.#child.status;
    this.#isOver = true;
    await this.#output.ended;
    return { code, signal, output: this.#output.text };
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended by itself.
    const { NotFound } = Deno.errors;
    if (!(error instanceof NotFound || error instanceof TypeError)) throw error;
  }
}

/** Both outputs of a process, as one text. */
class Output {
  text = "";
  /** When both are closed. */
  readonly ended: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor({ stdout, stderr }: Deno.ChildProcess) {
    this.ended = (async () => {
      await Promise.all([this.#read(stdout), this.#read(stderr)]);
      this.#isOver = true;
      this.#tell();
    })();
  }

  says(
    what: RegExp,
    { after = 0, patience = 60_000 }: SaysOptions,
  ): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const fail = (why: string): void => {
        stop();
        reject(
          new Error(`Server ${why} before it said ${what}: ${this.text}`),
        );
      };
      const look = (): void => {
        const found = what.exec(this.text.slice(after));
        if (found !== null) {
          stop();
          resolve(found);
        } else if (this.#isOver) fail("ended");
      };
      const timer = setTimeout(() => fail(`took ${patience} ms`), patience);
      this.#waiting.add(look);
      look();
    });
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#tell();
    }
  }

  #tell(): void {
    for (const look of this.#waiting) look();
  }
}
