/**
 * Shops for tests: in a temporary folder, on any port.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { Shop, type ShopOptions } from "../../examples/shop/shop.ts";
import { type RuntimeKind, withoutWorkers } from "../workers/both_runtimes.ts";

/** An order as it stands in the file. */
export interface OrderRow {
  readonly id: number;
  readonly print: number;
  readonly quantity: number;
}

/** Runs something with the path of a database that is not there yet; its folder is gone afterwards. */
export async function withPath(
  run: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kindred_shop_test_" });
  try {
    await run(`${folder}/shop.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs something in an open shop with two workers, and closes it. */
export function withShop(
  run: (shop: Shop, path: string) => Promise<void>,
  { kind = "threads", ...options }:
    & Partial<ShopOptions>
    & { readonly kind?: RuntimeKind } = {},
): Promise<void> {
  return withPath(async (path) => {
    const open = () =>
      Shop.open({ path, port: 0, workers: 2, deadline: 30_000, ...options });
    await using shop = kind === "threads"
      ? await open()
      : await withoutWorkers(open);
    await run(shop, path);
  });
}

/** The orders in a file, in the order in which they were written. */
export function ordersIn(path: string): OrderRow[] {
  using database = new DatabaseSync(path, { readOnly: true });
  return database.prepare("select id, print, quantity from orders order by id")
    .all() as unknown as OrderRow[];
}

/** Orders so many of a print. */
export function order(
  url: string,
  print: number,
  quantity: number = 1,
  init: RequestInit & { client?: Deno.HttpClient } = {},
): Promise<Response> {
  return fetch(`${url}api/orders`, {
    method: "POST",
    body: JSON.stringify({ print, quantity }),
    ...init,
  });
}

/** The shop as a program, until that has ended. */
export class ShopProgram implements AsyncDisposable {
  /** Where it is. */
  url: string = "";
  readonly #process: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  #said = "";

  private constructor(args: readonly string[], env: Record<string, string>) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--unstable-net"],
        new URL("../../examples/shop/main.ts", import.meta.url).pathname,
        ...["--port", "0", ...args],
      ],
      env,
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /**
   * Starts it.
   *
   * @throws {Error} If it does not open.
   */
  static async start(
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<ShopProgram> {
    const program = new ShopProgram(args, env);
    program.url = await program.says(/http:\S+(?=\n)/);
    return program;
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /**
   * What it says, when it has said it.
   *
   * @throws {Error} If it ends without.
   */
  async says(what: RegExp): Promise<string> {
    while (true) {
      const match = what.exec(this.#said)?.[0];
      if (match !== undefined) return match;
      const { done, value } = await this.#output.read();
      if (done) throw new Error(`The shop never said ${what}: ${this.#said}`);
      this.#said += value;
    }
  }

  /** Tells it to end, and waits for that. Its exit code. */
  async end(signal: "SIGINT" | "SIGTERM"): Promise<number> {
    this.kill(signal);
    while (!(await this.#output.read()).done);
    return (await this.#process.status).code;
  }

  /** Ends it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#output.cancel();
    await this.#process.status;
  }
}
