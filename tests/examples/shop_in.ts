/**
 * Shops for tests: in a temporary folder, on any port.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { ServerProcess } from "../../bench/load/server_process.ts";
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

/** The shop as a program. */
export function shopProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  return ServerProcess.start({
    args: [
      ...["run", "-A", "--no-check", "--unstable-net"],
      fileURLToPath(new URL("../../examples/shop/main.ts", import.meta.url)),
      ...["--port", "0", ...args],
    ],
    env,
  });
}

/** Where that is. */
export function urlOf({ port }: ServerProcess): string {
  return `http://127.0.0.1:${port}/`;
}

/** Tells it to end, and waits for that. Its exit code. */
export async function endBy(
  signal: "SIGINT" | "SIGTERM",
  shop: ServerProcess,
): Promise<number> {
  shop.signal(signal);
  return (await shop.ended).code;
}
