/**
 * Reports what a job has thrown that nobody waits for: to `onError`, or else as
 * an unhandled rejection. To be called when all is in order: that function may do
 * anything.
 */
export function reportFailure(
  error: unknown,
  onError: ((error: unknown) => void) | undefined,
): void {
  if (onError === undefined) return void Promise.reject(error);
  try {
    onError(error);
  } catch (another) {
    void Promise.reject(another);
  }
}
