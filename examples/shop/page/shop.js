/**
 * The page: each part of it is a module.
 *
 * @module
 */

import { showMachine } from "./machine.js";
import { showPrints } from "./prints.js";
import { openStudio } from "./studio.js";
import { offerRush } from "./rush.js";

showMachine();
showPrints();
openStudio();
offerRush();
