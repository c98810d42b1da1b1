/**
 * The tests that run in each machine of `deno task test:numa`. One file imports
 * them all: there it takes seconds to load the library for each one again.
 *
 * @module
 */

import "./model_test.ts";
import "./workers_test.ts";
import "../ffi/memory_calls_test.ts";
import "../ffi/platform_test.ts";
import "../topology/current_thread_test.ts";
import "../topology/detect_test.ts";
import "../topology/memory_policy_test.ts";
import "../topology/numa_buffer_test.ts";
import "../topology/pin_test.ts";
