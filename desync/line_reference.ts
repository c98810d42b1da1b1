import type { Reference } from "./ordered.ts";

/** The data of an object, as the jobs of its line get it. */
export class LineReference<T> implements Reference<T> {
  value: T;
  #line: { readonly signal: AbortSignal } | undefined = undefined;

  constructor(value: T) {
    this.value = value;
  }

  /** Tells whose data it is: before the first job. */
  belongsTo(line: { readonly signal: AbortSignal }): void {
    this.#line = line;
  }

  get signal(): AbortSignal {
    return this.#line!.signal;
  }
}
