/**
 * Bodies whose length nobody has said, that may not be longer than a limit.
 *
 * @module
 */

/** A body was longer than it may be: its request is answered by 413. */
export class BodyTooLongError extends Error {
  override readonly name = "BodyTooLongError";

  /** @param most How long it may be, in bytes. */
  constructor(most: number) {
    super(`Cannot read body as it is longer than ${most} bytes`);
  }
}

/** A request whose body ends with an error where it gets too long. */
export interface BoundedBody {
  /** To be handled in place of the original. */
  readonly request: Request;
  /** Whether its body was too long, as far as it was read. */
  readonly isTooLong: boolean;
}

/** Bounds the body of a request. */
export function boundedBody(request: Request, most: number): BoundedBody {
  let length = 0;
  let isTooLong = false;
  const body = request.body!.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        length += chunk.length;
        if (length <= most) return controller.enqueue(chunk);
        isTooLong = true;
        throw new BodyTooLongError(most);
      },
    }),
  );
  const { url, method, headers } = request;
  return {
    // Not of the request itself: its signal would be listened to, of which Deno warns.
    request: new Request(url, { method, headers, body }),
    get isTooLong() {
      return isTooLong;
    },
  };
}
