import { expose } from "npm:comlink@4.4.2";
import { echo, increment } from "./tasks.ts";

export interface Exposed {
  increment(x: number): number;
  echo<T>(value: T): T;
}

expose({ increment, echo } satisfies Exposed);
