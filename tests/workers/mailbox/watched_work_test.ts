import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  type Watched,
  WatchedWork,
} from "../../../workers/mailbox/watched_work.ts";

/** Has work or not, is watched again whenever it was served, and counts that. */
class Line implements Watched {
  isThere: boolean;
  served = 0;
  rested = 0;
  readonly #watched: WatchedWork;

  constructor(watched: WatchedWork, isThere: boolean) {
    this.#watched = watched;
    this.isThere = isThere;
  }

  serve(): void {
    this.served++;
    this.#watched.add(this);
  }

  rest(): boolean {
    this.rested++;
    if (!this.isThere) return true;
    this.serve();
    return false;
  }
}

Deno.test("WatchedWork.add() takes the place of what had work longest ago, and serves nothing", () => {
  const watched = new WatchedWork();
  const lines = [false, true, true, true].map((is) => new Line(watched, is));
  for (const line of lines) assert(watched.add(line));
  assert(watched.add(new Line(watched, true)));
  assertEquals(lines.map(({ rested }) => rested), [1, 0, 0, 0]);
  // All have work now: one more would have to be served here for the next to rest, and so on.
  assertFalse(watched.add(new Line(watched, true)));
  assertEquals(lines.map(({ served }) => served), [0, 0, 0, 0]);
  assert(watched.serve());
  assertEquals(lines.map(({ served }) => served), [0, 1, 1, 1]);
});
