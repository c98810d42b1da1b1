import { type Arrangement, Reader } from "./reader.ts";

interface NumberCache {
  get(key: number): number | undefined;
  set(key: number, value: number): void;
}

/** Reads numbers through a cache of its own, or one that all share. */
export class DirectReader extends Reader {
  readonly #make: (arrangement: Arrangement) => NumberCache;
  #cache: NumberCache | undefined;

  constructor(make: (arrangement: Arrangement) => NumberCache) {
    super();
    this.#make = make;
  }

  override answer(key: number): number {
    let value = this.#cache!.get(key);
    if (value === undefined) this.#cache!.set(key, value = this.find(key));
    return value;
  }

  override read(count: number): void {
    for (let k = 0; k < count; k++) {
      const key = this.draw();
      this.compare(key, this.answer(key));
    }
  }

  protected override begin(arrangement: Arrangement): void {
    this.#cache = this.#make(arrangement);
  }
}

/** What a value that is no number is for another thread: text, to be read each time. */
export class TextReader extends DirectReader {
  readonly #texts: Uint8Array[] = [];
  readonly #decoder = new TextDecoder();

  override answer(key: number): number {
    const value = super.answer(key);
    const text = this.#decoder.decode(this.#texts[key]!);
    return JSON.parse(text).value === value ? value : NaN;
  }

  protected override begin(arrangement: Arrangement): void {
    super.begin(arrangement);
    const encoder = new TextEncoder();
    for (let key = 0; key < arrangement.reads.keys; key++) {
      const user = { id: `user/${key}`, tags: ["one", "two"], value: 2 * key };
      this.#texts.push(encoder.encode(JSON.stringify(user)));
    }
  }
}
