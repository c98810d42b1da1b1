/** The workers that were started since this was made, in order; until it is disposed. */
export class StartedWorkers implements Disposable {
  readonly list: Worker[] = [];
  readonly #original: typeof Worker = globalThis.Worker;

  constructor() {
    const { list } = this;
    globalThis.Worker = class extends this.#original {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        list.push(this);
      }
    };
  }

  [Symbol.dispose](): void {
    globalThis.Worker = this.#original;
  }
}
