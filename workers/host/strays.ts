/**
 * Stray rejections: promises that a task or method left behind, which are rejected
 * and which nobody handles. Whose they are, and who is told.
 *
 * @module
 */

import { type AsyncStorage, openStorage } from "../life/async_storage.ts";
import { inWords } from "../../codec/in_words.ts";
import { isThenable } from "../../codec/thenable.ts";

/** Something that goes on here after an `await`, and all that it left behind. */
interface Origin {
  /** What errors call it. */
  readonly name: string;
  /** Ends it for who waits for it; undefined once it has ended. */
  fail: ((error: unknown) => void) | undefined;
}

/** Nothing that is followed. */
const NOBODY: Origin = { name: "", fail: undefined };

/** What errors name at most of what was under way. */
const MOST_NAMES = 5;

/**
 * Knows what is under way on a worker; and follows what is `async`, if it is to: that
 * costs more than such a call does, so only workers of a runtime do that has met a
 * stray rejection before. What is not `async` is never followed: a promise that it
 * leaves behind is one of the worker.
 */
export class Strays {
  /** Null: nothing was followed yet. */
  #storage: AsyncStorage<Origin> | undefined | null = null;
  /** How often something is under way, by how errors name its result. */
  readonly #underWay = new Map<string, number>();
  /** Whether what is `async` is to be followed. */
  readonly isFollowing: boolean;

  /** Nothing is under way. */
  constructor(isFollowing: boolean) {
    this.isFollowing = isFollowing;
  }

  /** Something goes on after an `await`, until {@linkcode ended}. */
  began(label: string): void {
    this.#underWay.set(label, (this.#underWay.get(label) ?? 0) + 1);
  }

  /** It has ended. */
  ended(label: string): void {
    this.#underWay.set(label, this.#underWay.get(label)! - 1);
  }

  /**
   * Runs a function that gives a promise, and gives that promise; or one that is
   * rejected earlier, as something that the function left behind was.
   *
   * @param stop Is told in that case: nobody waits for it any more.
   */
  follow(
    name: string,
    run: () => unknown,
    stop?: (error: unknown) => void,
  ): unknown {
    const origin: Origin = { name, fail: undefined };
    const result = this.#run(origin, run);
    if (!isThenable(result)) return result;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const end = () => origin.fail = undefined;
    origin.fail = (error) => {
      end();
      reject(error);
      stop?.(error);
    };
    // Whatever kind of promise it is, it settles once; what comes later is dropped.
    Promise.resolve(result).then((value) => {
      end();
      resolve(value);
    }, (error) => {
      end();
      reject(error);
    });
    return promise;
  }

  /**
   * Runs a part of something that runs in parts, and whose end is not seen here.
   *
   * @param name What errors call it.
   */
  part<R>(name: string, run: () => R): R {
    return this.#run({ name, fail: undefined }, run);
  }

  /**
   * Runs a function as part of nothing that is followed, although that may have led
   * here: it sent something, and what arrives is read, or it blocks, and others run.
   */
  readonly outside: <R>(run: () => R) => R = (run) => {
    const storage = this.#storage;
    return storage === null || storage === undefined
      ? run()
      : storage.run(NOBODY, run);
  };

  /**
   * Tells who waits for what this thread is just told was rejected.
   *
   * @returns Undefined if somebody was; else what is known about whose it was.
   */
  tell(error: unknown): string | undefined {
    const origin = this.#storage?.getStore();
    if (origin === undefined || origin === NOBODY) return this.#circumstances();
    const { name, fail } = origin;
    if (fail === undefined) return `, which '${name}' left behind`;
    fail(
      new Error(
        `Cannot complete '${name}' as a promise that it left behind was rejected, and nobody handled that: ${
          inWords(error)
        }`,
        { cause: error },
      ),
    );
    return undefined;
  }

  #run<R>(origin: Origin, run: () => R): R {
    if (this.#storage === null) this.#storage = openStorage<Origin>();
    return this.#storage === undefined ? run() : this.#storage.run(origin, run);
  }

  #circumstances(): string {
    const names = [...this.#underWay].flatMap(([label, count]) =>
      count > 0 ? [label.replace(/^result of /, "")] : []
    );
    if (names.length === 0) return "";
    const named = names.slice(0, MOST_NAMES);
    if (named.length < names.length) named.push("others");
    return `, while ${named.join(", ")} ${
      named.length === 1 ? "was" : "were"
    } under way`;
  }
}
