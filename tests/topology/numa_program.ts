/** Prints the topology as libnuma and the files of `/sys` give it to this program. */

import { topology } from "../../topology/mod.ts";

const text = JSON.stringify(topology());
const bytes = new TextEncoder().encode(text);
for (let written = 0; written < bytes.length;) {
  written += Deno.stdout.writeSync(bytes.subarray(written));
}
