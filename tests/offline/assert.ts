/**
 * `@std/assert` for machines that cannot reach JSR: the same code, compiled
 * from the std release and published on npm as `deno-std`.
 *
 * @module
 */

// @ts-types="./assert.d.ts"
export * from "npm:deno-std@1.4.0/assert/mod.js";
