/**
 * Requests that the shop refuses.
 *
 * @module
 */

/** Is thrown by a handler: what is wrong with the request, or with this moment. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly #status: number;
  readonly #headers: HeadersInit;

  constructor(status: number, message: string, headers: HeadersInit = {}) {
    super(message);
    this.#status = status;
    this.#headers = headers;
  }

  /** One that says when to come again. */
  static later(status: number, message: string, ms: number): Refusal {
    const seconds = Math.max(1, Math.ceil(ms / 1000));
    return new Refusal(status, message, { "retry-after": `${seconds}` });
  }

  /** The answer to who asked. */
  get response(): Response {
    const { message } = this;
    return Response.json({ error: message }, {
      status: this.#status,
      headers: this.#headers,
    });
  }
}
