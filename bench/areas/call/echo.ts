import { type Linked, linked } from "../../../linked/mod.ts";

export class Echo {
  increment(x: number): number {
    return x + 1;
  }
  echo<T>(value: T): T {
    return value;
  }
}

export const echo: Linked<Echo> = linked(import.meta.url, "echo", {
  shared: () => ({}),
  create: () => new Echo(),
});
