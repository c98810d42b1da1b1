/**
 * Results of other threads that cannot be sent.
 *
 * @module
 */

/** Where a value lies in what a task returns for a plan or a join. */
const PLACES = /^(?:\[\d+\])*\.?/;

/**
 * Says of which value it is that it cannot be sent, and not of which task: that one
 * nobody knows.
 *
 * @param task The name of the task.
 * @param what What its result is to the caller.
 */
export function unsentResult(
  error: unknown,
  task: string,
  what: string,
): unknown {
  const start = `Cannot send result of '${task}': `;
  if (!(error instanceof TypeError) || !error.message.startsWith(start)) {
    return error;
  }
  const reason = error.message.slice(start.length);
  const told = reason.replace(/^'(.*?)' /s, (_, path: string) => {
    const inValue = path.replace(PLACES, "");
    return inValue === "" ? "it " : `'${inValue}' `;
  });
  return new TypeError(
    `Cannot send ${what} to the thread that asked: ${told}`,
    { cause: error },
  );
}
