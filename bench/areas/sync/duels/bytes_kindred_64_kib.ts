import type { ByteRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";
import { frames } from "./bytes_kindred.ts";

export const duel: Duel<ByteRingHandle> = frames(64 * 1024);
