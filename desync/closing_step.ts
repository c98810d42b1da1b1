import { type AnyJob, callJob, Step } from "./step.ts";

/** What stands at the end of a line that is closed. */
export class ClosingStep extends Step {
  readonly #dispose: AnyJob | undefined;
  readonly #closed = Promise.withResolvers<void>();

  /** @param dispose Runs last. */
  constructor(dispose: AnyJob | undefined) {
    super();
    this.#dispose = dispose;
  }

  /** Settles when it is done. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  override get isLast(): boolean {
    return true;
  }

  override get hasJobRun(): boolean {
    return false; // nobody comes after it
  }

  override run(given: readonly unknown[]): unknown {
    return this.#dispose && callJob(this.#dispose, given, []);
  }

  override done(): void {
    this.#closed.resolve();
  }

  override failed(reason: unknown): boolean {
    this.#closed.reject(reason);
    return true;
  }
}
