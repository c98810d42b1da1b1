/**
 * Modules that are imported when a test says so.
 *
 * @module
 */

import { MissingExportsError } from "../../codec/mod.ts";

/** What is missing, until it is settled. */
export class Missing extends MissingExportsError {
  readonly settled: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor() {
    super([{ url: "file:///a.ts", name: "A" }]);
  }

  override import(): Promise<void> {
    return this.settled.promise;
  }
}
