/**
 * A client that knows of each of its requests what became of it.
 *
 * @module
 */

import {
  type Answer,
  AnswerReader,
  CutOff,
  isEndOfConnection,
} from "./answer_reader.ts";
import { requestOf, write } from "./request.ts";

/** What becomes of a request. */
export type Outcome =
  /** The answer came as a whole. */
  | "answered"
  /** The connection ended without one. */
  | "reset"
  /** Neither came in time. */
  | "hung";

/** What is asked, and by how many. */
export interface LoadOptions {
  /** Where, on 127.0.0.1. */
  readonly port: number;
  /** So many connections ask, each one thing at a time. */
  readonly connections: number;
  /** The path of a request; its number is added to it as `id=17`. Default `/`. */
  readonly path?: string;
  /** How many requests are sent; default: as many as there is time for. */
  readonly requests?: number;
  /** How long a request may take, in milliseconds. Default 60 000. */
  readonly patience?: number;
  /** Whether each request has a connection of its own. */
  readonly isOneShot?: boolean;
  /** Whether a connection that is refused is the end, and not tried again. */
  readonly endsWhenRefused?: boolean;
  /** Is called with each answer. */
  readonly onAnswer?: (answer: Answer, id: number) => void;
}

/** How long a connection that is refused waits, in milliseconds. */
const PAUSE = 10;
/** How often late requests are looked for, in milliseconds. */
const LOOK = 50;

/** Numbers of requests, so that a server can tell what it saw; they are never used again. */
let ids = 0;

/** Connections that ask all the time. */
export class Load {
  /** The outcome of each request that was sent, by its number. */
  readonly outcomes: Map<number, Outcome> = new Map();
  /** How many answers had this status. */
  readonly statuses: Map<number, number> = new Map();
  /** Connections that were refused, so that nothing could be sent. */
  refused = 0;
  readonly #options: LoadOptions;
  readonly #asking = new Set<Asking>();
  readonly #watch: ReturnType<typeof setInterval>;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #sent = 0;
  #isStopped = false;

  /** Begins at once. */
  constructor(options: LoadOptions) {
    this.#options = options;
    this.#watch = setInterval(() => this.#look(), LOOK);
    this.#ended = Promise.all(
      Array.from({ length: options.connections }, () => this.#connection()),
    );
  }

  /** How many requests had this outcome. */
  count(outcome: Outcome): number {
    let count = 0;
    for (const each of this.outcomes.values()) if (each === outcome) count++;
    return count;
  }

  /** Waits until so many more are answered than now, or all connections have ended. */
  async answers(count: number): Promise<void> {
    const wanted = this.#answered() + count;
    while (this.#answered() < wanted && this.#asking.size > 0) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends nothing more, and waits for what was sent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.ended();
  }

  /** Sends nothing more, and waits for nothing. */
  async cut(): Promise<void> {
    this.#isStopped = true;
    for (const asking of this.#asking) asking.close();
    await this.ended();
  }

  /** Waits until all connections have ended by themselves. */
  async ended(): Promise<void> {
    await this.#ended;
    clearInterval(this.#watch);
  }

  #answered(): number {
    let sum = 0;
    for (const count of this.statuses.values()) sum += count;
    return sum;
  }

  async #connection(): Promise<void> {
    const asking: Asking = { since: Infinity, close() {} };
    this.#asking.add(asking);
    try {
      while (this.#goesOn()) {
        const connection = await connect(this.#options.port);
        if (connection !== undefined) {
          await this.#ask(connection, asking);
          continue;
        }
        this.refused++;
        if (this.#options.endsWhenRefused) break;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    } finally {
      this.#asking.delete(asking);
      this.#tell();
    }
  }

  /** Asks by one connection until it ends. */
  async #ask(connection: Deno.TcpConn, asking: Asking): Promise<void> {
    const { path = "/", isOneShot = false, onAnswer } = this.#options;
    const target = path + (path.includes("?") ? "&" : "?");
    const reader = new AnswerReader(connection);
    let isOpen = true;
    asking.close = () => {
      if (isOpen) connection.close();
      isOpen = false;
    };
    for (let goesOn = true; goesOn && this.#goesOn();) {
      const id = ++ids;
      this.#sent++;
      asking.since = performance.now();
      try {
        await write(connection, requestOf(`${target}id=${id}`, isOneShot));
        const answer = await reader.next();
        this.outcomes.set(id, "answered");
        const { status, keepsOpen } = answer;
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
        onAnswer?.(answer, id);
        goesOn = keepsOpen && !isOneShot;
      } catch (error) {
        if (!(error instanceof CutOff) && !isEndOfConnection(error)) {
          throw error;
        }
        this.outcomes.set(id, isOpen ? "reset" : "hung");
        goesOn = false;
      }
      asking.since = Infinity;
      this.#tell();
    }
    asking.close();
  }

  #goesOn(): boolean {
    const { requests = Infinity } = this.#options;
    return !this.#isStopped && this.#sent < requests;
  }

  #look(): void {
    const { patience = 60_000 } = this.#options;
    const oldest = performance.now() - patience;
    for (const asking of this.#asking) {
      if (asking.since < oldest) asking.close();
    }
  }

  #tell(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A request that is under way. */
interface Asking {
  since: number;
  close(): void;
}

/** Undefined if nobody listens, or stops to right now. */
async function connect(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    if (isEndOfConnection(error)) return undefined;
    throw error;
  }
}
