/**
 * The tests that run in the hardest machine of `deno task test:numa` only: they
 * start a program or load the whole library, which takes longer there than all
 * others. Deno loads what a module may import, so they are a file of their own.
 *
 * @module
 */

import "./aware_test.ts";
import "./balancing_test.ts";
import "./family_near_test.ts";
import "./mailbox_test.ts";
import "./parallel_test.ts";
import "./runtime_refused_test.ts";
import "./runtime_test.ts";
import "../topology/numa_buffer_refused_test.ts";
