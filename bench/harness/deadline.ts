/** What a subject did not finish in time: thrown by {@linkcode withDeadline}. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/**
 * Waits for `work`, but not longer than `milliseconds`: peers are known to hang when something of theirs fails,
 * and one subject must not take the whole comparison with it.
 */
export async function withDeadline<T>(
  work: Promise<T> | T,
  milliseconds: number,
  what: string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new DeadlineError(
            `${what} did not end within ${milliseconds / 1000} s`,
          ),
        ),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
