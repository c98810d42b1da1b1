import { placement } from "../../harness/placement.ts";
import type { Area } from "../../harness/scenario.ts";

/** The rate limiter and the cache of `examples/`, beside one object that all threads share. */
export const linked: Area = {
  name: "linked",
  summary:
    "a rate limiter and a cache: an instance on each core, or one for all",
  async scenarios() {
    const { cores } = await placement();
    const { limiterScenarios } = await import("./limiter_scenarios.ts");
    const { cacheScenarios } = await import("./cache_scenarios.ts");
    return [...limiterScenarios(cores), ...cacheScenarios(cores)];
  },
};
