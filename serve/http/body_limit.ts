/**
 * Bodies that may not be longer than a limit.
 *
 * @module
 */

/** For how long what is left of a body that is too long is read, in ms. */
const LONGEST_GOODBYE = 500;

type Bytes = Uint8Array<ArrayBuffer>;

/** A body was longer than it may be: its request is answered by 413. */
export class BodyTooLongError extends Error {
  override readonly name = "BodyTooLongError";

  /** @param most How long it may be, in bytes. */
  constructor(most: number) {
    super(`Cannot read body as it is longer than ${most} bytes`);
  }
}

/** A request whose body ends with an error where it gets too long. */
export class BoundedBody {
  /** To be handled in place of the original. */
  readonly request: Request;
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  readonly #most: number;
  #length = 0;

  /** Bounds the body of a request, of which nothing was read yet. */
  constructor(request: Request, most: number) {
    this.#most = most;
    this.#reader = request.body!.getReader();
    const { url, method, headers } = request;
    const body = new ReadableStream<Bytes>({
      pull: (controller) => this.#pull(controller),
    }, { highWaterMark: 0 });
    // Not of the request itself: its signal would be listened to, of which Deno warns.
    this.request = new Request(url, { method, headers, body });
  }

  /** Whether its body was too long, as far as it was read. */
  get isTooLong(): boolean {
    return this.#length > this.#most;
  }

  /** Its request was answered, and there may be more: see {@linkcode dismissRest}. */
  async dismiss(): Promise<void> {
    await dismissRest(this.#reader);
  }

  async #pull(
    controller: ReadableStreamDefaultController<Bytes>,
  ): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) return controller.close();
    this.#length += value.length;
    if (this.isTooLong) throw new BodyTooLongError(this.#most);
    controller.enqueue(value);
  }
}

/**
 * Reads what is left of a body whose request was answered, for a while: a client that ends
 * in that time finds the answer. Then the connection is closed. A body that is let go of
 * before its answer was sent, or never, holds its connection for as long as its client
 * goes on to send.
 */
export async function dismissRest(
  reader: ReadableStreamDefaultReader<Bytes>,
): Promise<void> {
  const cancel = () => {
    reader.cancel().catch(() => {}); // the client has gone
  };
  const timer = setTimeout(cancel, LONGEST_GOODBYE);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client has gone.
  } finally {
    clearTimeout(timer);
  }
}
