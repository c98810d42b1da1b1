/**
 * Suspensions of a line.
 *
 * @module
 */

import type { Suspension } from "./ordered.ts";
import { Step } from "./step.ts";

/** A place at which a line stands still until it is lifted. */
export class Gate extends Step {
  readonly #reached = Promise.withResolvers<void>();
  readonly #lifted = Promise.withResolvers<void>();
  #isLifted = false;

  /** Resolves when the line stands here, or does not need to. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  override get holds(): string {
    return "it is suspended";
  }

  override run(): unknown {
    this.#reached.resolve();
    return this.#isLifted ? undefined : this.#lifted.promise;
  }

  override done(): void {}

  override failed(): boolean {
    this.lift();
    return true;
  }

  override lift(): void {
    this.#isLifted = true;
    this.#lifted.resolve();
    this.#reached.resolve();
  }
}

/** Lifts the gates of suspensions that nobody can resume any more. */
const forgotten = new FinalizationRegistry<Gate>((gate) => gate.lift());

/** A gate as the user sees it. The line does not keep it alive. */
export class GateSuspension implements Suspension {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
    forgotten.register(this, gate, gate);
  }

  get reached(): Promise<void> {
    return this.#gate.reached;
  }

  resume(): void {
    this.#gate.lift();
    forgotten.unregister(this.#gate);
  }

  [Symbol.dispose](): void {
    this.resume();
  }
}
