/**
 * Opening and closing the shop.
 *
 * @module
 */

import { type PlacedDesync, Runtime, serve, type Server } from "../../mod.ts";
import type { Limit } from "../token_budget.ts";
import { makeFamilies, type ShopFamilies } from "./families.ts";
import { OfficeHours } from "./head_office.ts";
import { type Ledger, ledgerOn } from "./ledger.ts";

/** How a shop is to be opened. */
export interface ShopOptions {
  /** The file of its database, which is made if it is not there. */
  readonly path: string;
  /** Default: 8000; 0: any that is free. */
  readonly port?: number;
  /** Default: `127.0.0.1`, which is this machine. */
  readonly hostname?: string;
  /** How many workers it has. Default: one on each core. */
  readonly workers?: number;
  /** How much all customers may ask for together. Default: 4000 at once, and 2000 more each second. */
  readonly limit?: Limit;
  /** How long a picture may take, in ms. Default: 5000. */
  readonly deadline?: number;
}

/** An open shop. */
export class Shop implements AsyncDisposable {
  /** Its server. */
  readonly server: Server;
  readonly #runtime: Runtime;
  readonly #ledger: PlacedDesync<Ledger>;
  readonly #office: OfficeHours;

  private constructor(
    server: Server,
    { runtime, ledger, office }: ShopParts,
  ) {
    this.server = server;
    this.#runtime = runtime;
    this.#ledger = ledger;
    this.#office = office;
  }

  /**
   * Opens a shop.
   *
   * @throws What the server throws, such as that the port is in use; then nothing is left.
   */
  static async open(options: ShopOptions): Promise<Shop> {
    const { path, port, hostname = "127.0.0.1", deadline = 5000 } = options;
    const { limit = { burst: 4000, rate: 2000 }, workers } = options;
    const runtime = await Runtime.start(
      workers === undefined ? {} : { workers },
    );
    const office = new OfficeHours(runtime);
    try {
      const ledger = await ledgerOn(runtime, path);
      const families = makeFamilies({
        path,
        ledger,
        limit,
        deadline,
        lines: office.lines,
      });
      const server = await serve<ShopFamilies>(
        new URL("./app.ts", import.meta.url),
        {
          runtime,
          families,
          hostname,
          ...port === undefined ? {} : { port },
          maxBody: 4096,
          maxConcurrent: 512,
          health: "/health",
          readiness: "/ready",
        },
      );
      office.server = server;
      return new Shop(server, { runtime, ledger, office });
    } catch (error) {
      await office[Symbol.asyncDispose]();
      await runtime.close();
      throw error;
    }
  }

  /** Where it is. */
  get url(): string {
    const { addr } = this.server;
    if (!("port" in addr)) return addr.path;
    return `http://${addr.hostname}:${addr.port}/`;
  }

  /**
   * Closes the shop. First nobody comes in any more, and who is in gets an answer; then all
   * orders are written; then the file is closed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
    await this.#ledger[Symbol.asyncDispose]();
    await this.#office[Symbol.asyncDispose]();
    await this.#runtime.close();
  }
}

interface ShopParts {
  readonly runtime: Runtime;
  readonly ledger: PlacedDesync<Ledger>;
  readonly office: OfficeHours;
}
