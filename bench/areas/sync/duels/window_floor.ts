import { equal } from "node:assert";
import type { Duel } from "../duel.ts";
import { WINDOW } from "./window_kindred.ts";

const THERE = 0;
const BACK = 32;

/** A count that one side moves for each record, and one that the other side moves for each window; both look all the time. */
export const duel: Duel<SharedArrayBuffer> = {
  share: () => new SharedArrayBuffer(256),
  here(shared) {
    const words = new Int32Array(shared);
    let sent = 0;
    let answers = 0;
    return (count) => {
      for (let k = 0; k < count; k++) {
        for (let n = 0; n < WINDOW; n++) {
          sent = (sent + 1) | 0;
          Atomics.store(words, THERE, sent);
        }
        answers = (answers + 1) | 0;
        while (Atomics.load(words, BACK) !== answers) Atomics.pause();
      }
      equal(sent, (answers * WINDOW) | 0);
    };
  },
  there(shared) {
    const words = new Int32Array(shared);
    let seen = 0;
    let answers = 0;
    return (count) => {
      for (let k = 0; k < count; k++) {
        seen = (seen + WINDOW) | 0;
        while (Atomics.load(words, THERE) !== seen) Atomics.pause();
        answers = (answers + 1) | 0;
        Atomics.store(words, BACK, answers);
      }
    };
  },
};
