/**
 * Every area that `bench/compare.ts` knows. An area imports what it measures only when it sets a subject up, so that
 * one that cannot be loaded is one line of the report and no more.
 *
 * @module
 */
import type { Area } from "../harness/scenario.ts";
import { call } from "./call/area.ts";
import { sync } from "./sync/area.ts";

export const areas: readonly Area[] = [call, sync];
