/**
 * A real browser for tests: Debian's Chromium without a window, by the DevTools protocol.
 *
 * Source: https://chromedevtools.github.io/devtools-protocol/.
 *
 * @module
 */

import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fields, Page, type PageOptions } from "./chromium_page.ts";

/** Where Debian installs it. */
const PROGRAM = "/usr/bin/chromium";
/**
 * Runs it in a group of processes of its own, until nobody holds the other end of the
 * standard input any more: so it goes with who started it, however that ends.
 */
const UNTIL_INPUT_ENDS = `
setsid "$0" "$@" </dev/null &
exec 2>/dev/null # which the browser alone has from now on: that says when it has ended
cat >/dev/null
kill -s KILL -- "-$!"
wait`;
/** How long an answer may take to come, in ms. */
const PATIENCE = 60_000;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Fields;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

/** Whether there is one. */
export function isChromiumInstalled(): boolean {
  return existsSync(PROGRAM);
}

/** A browser, until it is disposed of. */
export class Chromium implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Fields>>();
  readonly #pages = new Map<string, Page>();
  #hasEnded = false;
  #last = 0;

  private constructor(
    process: Deno.ChildProcess,
    folder: string,
    socket: WebSocket,
  ) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => {
      this.#hasEnded = true;
      for (const { reject } of this.#waiting.values()) reject(ended());
    };
  }

  /**
   * Starts it.
   *
   * @throws {Error} If it does not say where it listens.
   */
  static async start(): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), "kindred-chromium-"));
    const process = new Deno.Command("sh", {
      args: [
        ...["-c", UNTIL_INPUT_ENDS, PROGRAM],
        "--headless=new",
        "--no-sandbox", // root has none
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-extensions",
        "--disable-background-networking",
        "--remote-debugging-address=127.0.0.1",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
      ],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      const address = await addressIn(process.stderr);
      return new Chromium(process, folder, await opened(address));
    } catch (error) {
      await end(process, folder);
      throw error;
    }
  }

  /** Opens a page, which loads nothing yet. */
  async open(options: PageOptions = {}): Promise<Page> {
    const { targetId } = await this.call("Target.createTarget", {
      url: "about:blank",
    });
    const { sessionId } = await this.call("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    const page = new Page((method, params) =>
      this.call(method, params, String(sessionId))
    );
    this.#pages.set(String(sessionId), page);
    await page.prepare(options);
    return page;
  }

  /**
   * Calls a method of the protocol.
   *
   * @throws {Error} If that fails, or is not answered.
   */
  async call(
    method: string,
    params?: Fields,
    sessionId?: string,
  ): Promise<Fields> {
    if (this.#hasEnded) throw ended();
    const id = ++this.#last;
    const answer = Promise.withResolvers<Fields>();
    this.#waiting.set(id, answer);
    const timer = setTimeout(() => {
      answer.reject(new Error(`No answer to ${method} in ${PATIENCE} ms`));
    }, PATIENCE);
    try {
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Ends it, and removes what it has written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasEnded = true;
    this.#socket.close();
    await end(this.#process, this.#folder);
  }

  #receive(message: Message): void {
    const { id, method, params = {}, result = {}, error } = message;
    if (id === undefined) {
      this.#pages.get(message.sessionId ?? "")?.notice(method ?? "", params);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error.message));
  }
}

/** What the browser says first: where it listens. The rest is read and thrown away. */
async function addressIn(
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The browser has ended: ${said}`);
    said += value;
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    readOn(reader);
    return address;
  }
}

async function readOn(
  reader: ReadableStreamDefaultReader<string>,
): Promise<void> {
  while (!(await reader.read()).done);
}

async function opened(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Cannot connect to ${address}`));
  });
  return socket;
}

function ended(): Error {
  return new Error("The browser has ended");
}

/** Ends it, whatever it does, and removes what it has written. */
async function end(process: Deno.ChildProcess, folder: string): Promise<void> {
  await process.stdin.close();
  await process.status;
  // Those of its group may still write there.
  await rm(folder, {
    recursive: true,
    force: true,
    maxRetries: 20,
    retryDelay: 100,
  });
}
