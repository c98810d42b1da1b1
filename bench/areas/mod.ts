/**
 * Every area that `bench/compare.ts` knows. An area imports what it measures only when it sets a subject up, so that
 * one that cannot be loaded is one line of the report and no more.
 *
 * @module
 */
import type { Area } from "../harness/scenario.ts";
import { batch } from "./batch/area.ts";
import { call } from "./call/area.ts";
import { desync } from "./desync/area.ts";
import { flow } from "./flow/area.ts";
import { grep } from "./grep/area.ts";
import { layout } from "./layout/area.ts";
import { linked } from "./linked/area.ts";
import { parallel } from "./parallel/area.ts";
import { pool } from "./pool/area.ts";
import { serve } from "./serve/area.ts";
import { sync } from "./sync/area.ts";
import { upkeep } from "./upkeep/area.ts";

export const areas: readonly Area[] = [
  batch,
  call,
  desync,
  flow,
  grep,
  layout,
  linked,
  parallel,
  pool,
  serve,
  sync,
  upkeep,
];
