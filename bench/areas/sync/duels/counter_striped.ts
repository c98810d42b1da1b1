import {
  StripedCounter,
  type StripedCounterHandle,
} from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";
import { adding } from "./counter_shared.ts";

export const duel: Duel<StripedCounterHandle> = adding(
  () => new StripedCounter().handle,
  (handle: StripedCounterHandle) => StripedCounter.from(handle),
);
