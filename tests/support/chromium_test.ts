import { assert, assertRejects } from "@std/assert";
import { Chromium, isChromiumInstalled } from "./chromium.ts";

Deno.test({
  name: `Chromium ends with all its processes, also where these do not answer${
    isChromiumInstalled() ? "" : ", if Debian's package chromium is there"
  }`,
  ignore: !isChromiumInstalled() || Deno.build.os !== "linux",
  timeout: 120_000,
  fn: async () => {
    const browser = await Chromium.start();
    const { processInfo } = await browser.call("SystemInfo.getProcessInfo");
    const pids = (processInfo as { id: number }[]).map(({ id }) => id);
    assert(pids.length > 1);
    for (const pid of pids) Deno.kill(pid, "SIGSTOP");
    await browser[Symbol.asyncDispose]();
    await assertRejects(() => browser.call("Browser.getVersion"));
    while (pids.some(runs)) await new Promise((next) => setTimeout(next, 10));
  },
});

/** One that has ended may still be there, as nobody has asked for its status. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}
