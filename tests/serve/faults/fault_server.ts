/**
 * A server to which bad things are done, and what it saw.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ServeOptions, ServerStats } from "../../../serve/mod.ts";
import {
  type Answer,
  AnswerReader,
} from "../../../bench/load/answer_reader.ts";
import { Load, type LoadOptions } from "../../../bench/load/load.ts";
import { requestOf, write } from "../../../bench/load/request.ts";
import { ServerProcess } from "../../../bench/load/server_process.ts";

/** How it is started. */
export interface FaultServerOptions extends
  Pick<
    ServeOptions<Record<never, never>>,
    "maxBody" | "maxConcurrent" | "shutdownTimeout" | "stallTimeout" | "workers"
  > {
  /** As of a runtime. */
  readonly maxHeap?: number;
  /** How many files it may have open. */
  readonly files?: number;
  /** Whether it may call the C library. Default: yes. */
  readonly hasFfi?: boolean;
}

/** Who saw a request. */
export interface Witness {
  /** The index of the worker. */
  readonly worker: number;
  /** The name of the thread. */
  readonly thread: string;
}

/** A server in a process of its own, which runs `fixtures/app.ts`. */
export class FaultServer implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #record: string;

  private constructor(process: ServerProcess, record: string) {
    this.#process = process;
    this.#record = record;
  }

  /** Starts one, and waits until it listens. */
  static async start(
    { files, hasFfi = true, ...options }: FaultServerOptions = {},
  ): Promise<FaultServer> {
    const record = await Deno.makeTempFile({ prefix: "kindred-seen-" });
    try {
      const process = await ServerProcess.start({
        ...files === undefined ? {} : { program: "sh" },
        args: [
          ...files === undefined ? [] : withFiles(files),
          "run",
          "--quiet",
          "--no-check",
          "--allow-all",
          ...hasFfi ? [] : ["--deny-ffi"],
          "--unstable-net",
          fileURLToPath(new URL("./fixtures/program.ts", import.meta.url)),
          JSON.stringify(options),
        ],
        // It would look for a newer version in the middle of a test.
        env: { KINDRED_SEEN: record, DENO_NO_UPDATE_CHECK: "1" },
      });
      return new FaultServer(process, record);
    } catch (error) {
      await Deno.remove(record);
      throw error;
    }
  }

  /** The process. */
  get process(): ServerProcess {
    return this.#process;
  }

  /** Where it listens. */
  get port(): number {
    return this.#process.port;
  }

  /** Begins to ask. */
  load(options: Omit<LoadOptions, "port">): Load {
    return new Load({ ...options, port: this.port });
  }

  /** Asks once, by a connection of its own. */
  async ask(target: string): Promise<Answer> {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.port,
    });
    await write(connection, requestOf(target, true));
    return await new AnswerReader(connection).next();
  }

  /** What it says of itself. */
  async stats(): Promise<ServerStats> {
    return await this.#answerTo("SIGUSR1", /^stats (.*)\n/m);
  }

  /** Replaces all workers, and waits until they listen. */
  async restart(): Promise<ServerStats> {
    return await this.#answerTo("SIGUSR2", /^restarted (.*)\n/m);
  }

  /** Ends it by SIGTERM, and waits until it has ended. */
  async end(): Promise<ServerStats> {
    this.#process.signal("SIGTERM");
    const { output } = await this.#process.ended;
    const [, stats] = /^ended (.*)$/m.exec(output) ?? [];
    if (stats === undefined) throw new Error(`Server broke off: ${output}`);
    return JSON.parse(stats);
  }

  /** Who saw which request, by the numbers of these. */
  seen(): Map<number, Witness> {
    const lines = Deno.readTextFileSync(this.#record).split("\n").slice(0, -1);
    return new Map(lines.map((line) => {
      const [id, worker, thread = ""] = line.split(" ");
      return [Number(id), { worker: Number(worker), thread }];
    }));
  }

  /** Waits until a handler saw the request of this number. */
  async witnessOf(id: number): Promise<Witness> {
    for (;;) {
      const witness = this.seen().get(id);
      if (witness !== undefined) return witness;
      await pause();
    }
  }

  /** Waits until handlers saw so many requests that have a number. */
  async sees(count: number): Promise<void> {
    while (this.seen().size < count) await pause();
  }

  /** Lets all handlers of `/gate` go on. */
  async openGate(): Promise<void> {
    await Deno.writeTextFile(`${this.#record}.gate`, "");
  }

  /** Kills it if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    for (const file of [this.#record, `${this.#record}.gate`]) {
      await rm(file, { force: true });
    }
  }

  async #answerTo(signal: Deno.Signal, line: RegExp): Promise<ServerStats> {
    const { length } = this.#process.output;
    this.#process.signal(signal);
    const [, stats = ""] = await this.#process.says(line, { after: length });
    return JSON.parse(stats);
  }
}

/** What a shell runs Deno with, in its own place. */
function withFiles(count: number): string[] {
  return ["-c", `ulimit -n ${count}; exec "$@"`, "sh", Deno.execPath()];
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
