import { move } from "../../../codec/mod.ts";
import { type Linked, linked } from "../../../linked/mod.ts";
import { portable } from "../../../workers/mod.ts";
import type { Bytes } from "./peer.ts";

export class Echo {
  increment(x: number): number {
    return x + 1;
  }
  echo<T>(value: T): T {
    return value;
  }
  echoMoved(bytes: Bytes): Bytes {
    return move(bytes);
  }
}

export const echo: Linked<Echo> = linked(import.meta.url, "echo", {
  shared: () => ({}),
  create: () => new Echo(),
});

/** A function that uses something of its surroundings. */
export const echoMoved: (bytes: Bytes) => Bytes = portable(
  import.meta.url,
  function echoMoved(bytes: Bytes): Bytes {
    return move(bytes);
  },
);
