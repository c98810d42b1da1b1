import {
  type Family,
  type LinkContext,
  type Linked,
  linked,
  SharedCounter,
} from "../../mod.ts";

/** One of several that work together, in any engine. */
export class Member {
  readonly #total: SharedCounter;
  readonly #context: LinkContext<string>;
  #local = 0;

  constructor(total: SharedCounter, context: LinkContext<string>) {
    this.#total = total;
    this.#context = context;
  }

  add(n: number): number {
    this.#local++;
    return this.#total.add(n) + n;
  }

  local(): number {
    return this.#local;
  }

  /** Calls the other worker, which calls this one, and so on. */
  async back(family: Family<Member>, here: number, n: number): Promise<number> {
    if (n === 0) return here;
    return await family.on(1 - here).back(family, 1 - here, n - 1);
  }

  tell(to: number, text: string): void {
    this.#context.siblings.send(to, text);
  }

  heard(): Promise<string> {
    return this.#context.siblings.recvAsync();
  }

  never(): Promise<never> {
    return new Promise(() => {});
  }

  /** As the engine calls it. */
  exit(): void {
    const { Deno, process } = globalThis as {
      Deno?: { exit(): never };
      process?: { exit(): never };
    };
    (Deno ?? process)!.exit();
  }

  throwUncaught(): Promise<never> {
    setTimeout(() => {
      throw new RangeError("nobody catches it");
    });
    return this.never();
  }

  rejectUnhandled(): Promise<never> {
    Promise.reject(new RangeError("nobody handles it"));
    return this.never();
  }
}

export const member: Linked<Member> = linked(import.meta.url, "member", {
  shared: () => ({ total: new SharedCounter() }),
  create: ({ total }, context: LinkContext<string>) =>
    new Member(total, context),
});
