/**
 * Reading answers of HTTP/1.1 from a connection.
 *
 * @module
 */

/** A complete answer. */
export interface Answer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Whether the server goes on with this connection. */
  readonly keepsOpen: boolean;
}

/** The connection ended in an answer or before one. */
export class CutOff extends Error {
  override name = "CutOff";
}

/** What answers are read from. */
export interface Source {
  /** As of `Deno.Conn`. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
}

const decoder = new TextDecoder();

/** Reads answers one after the other. */
export class AnswerReader {
  readonly #source: Source;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** What is there and not taken lies between these two. */
  #start = 0;
  #end = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The next answer.
   *
   * @throws {CutOff} If the connection ends before it is complete.
   */
  async next(): Promise<Answer> {
    try {
      return await this.#next();
    } catch (error) {
      if (!isEndOfConnection(error)) throw error;
      throw new CutOff("The connection ended");
    }
  }

  async #next(): Promise<Answer> {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    const [first = "", ...lines] = (await this.#until("\r\n\r\n")).split(
      "\r\n",
    );
    const [, version, status] = /^HTTP\/1\.(\d) (\d+)/.exec(first) ?? [];
    if (status === undefined) {
      throw new Error(`Cannot read answer as it begins with ${first}`);
    }
    const headers = new Map(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    return {
      status: Number(status),
      headers,
      body: await this.#body(headers),
      keepsOpen: version === "1" && headers.get("connection") !== "close",
    };
  }

  async #body(headers: ReadonlyMap<string, string>): Promise<string> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.#take(Number(headers.get("content-length") ?? 0));
    }
    for (let body = "";;) {
      const length = parseInt(await this.#until("\r\n"), 16);
      body += await this.#take(length);
      await this.#take(2);
      if (length === 0) return body;
    }
  }

  /** Text up to a mark, which is taken, too. */
  async #until(mark: string): Promise<string> {
    for (;;) {
      const text = decoder.decode(this.#bytes.subarray(this.#start, this.#end));
      const length = text.indexOf(mark);
      if (length >= 0) {
        // Heads are of one byte a character.
        this.#start += length + mark.length;
        return text.slice(0, length);
      }
      await this.#more();
    }
  }

  async #take(length: number): Promise<string> {
    while (this.#end - this.#start < length) await this.#more();
    const from = this.#start;
    this.#start += length;
    return decoder.decode(this.#bytes.subarray(from, this.#start));
  }

  async #more(): Promise<void> {
    if (this.#end === this.#bytes.length) {
      const more = new Uint8Array(2 * this.#bytes.length);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    const read = await this.#source.read(this.#bytes.subarray(this.#end));
    if (read === null) throw new Deno.errors.UnexpectedEof("no more bytes");
    this.#end += read;
  }
}

/** Whether an error of a connection says that it is over, on whichever side. */
export function isEndOfConnection(error: unknown): boolean {
  const { errors } = Deno;
  return [
    errors.UnexpectedEof,
    errors.ConnectionReset,
    errors.ConnectionAborted,
    errors.BrokenPipe,
    errors.NotConnected,
    // It was closed here.
    errors.BadResource,
    errors.Interrupted,
  ].some((kind) => error instanceof kind);
}
