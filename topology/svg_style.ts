/**
 * The colours of a picture, by day and by night.
 *
 * @module
 */

/** The style sheet of {@linkcode Topology.toSvg}. */
export const STYLE = `
text{font:12px ui-sans-serif,system-ui,"Liberation Sans",Arial,sans-serif;fill:#1f2328}
.heading{font-size:14px;font-weight:600}
.title{font-weight:600}
.note,.small{font-size:11px}
.fact{font:12px ui-monospace,"Liberation Mono",monospace}
.id{text-anchor:middle}
.on{fill:#fff;font-weight:600}
.faint{fill:#8c959f}
.paper{fill:#fff}
.machine,.package,.node,.die,.cache,.core,.cell{stroke-width:1}
.machine,.package{fill:#f6f8fa;stroke:#8c959f}
.node{fill:#dafbe1;stroke:#4ac26b}
.die{fill:#fbefff;stroke:#c297ff}
.cache{fill:#fff8c5;stroke:#d4a72c}
.core{fill:#fff;stroke:#afb8c1}
.free{fill:#b6e3ff;stroke:#54aeff}
.slow{fill:#ddf4ff;stroke:#80ccff}
.barred{fill:#eaeef2;stroke:#afb8c1;stroke-dasharray:3 2}
.worker{fill:#0969da;stroke:#033d8b}
.isolated{stroke:#cf222e;stroke-dasharray:2 2}
@media (prefers-color-scheme:dark){
text{fill:#f0f6fc}
.faint{fill:#656c76}
.paper{fill:#0d1117}
.machine,.package{fill:#151b23;stroke:#656c76}
.node{fill:#033a16;stroke:#2ea043}
.die{fill:#271052;stroke:#8957e5}
.cache{fill:#3b2e00;stroke:#bb8009}
.core{fill:#0d1117;stroke:#3d444d}
.free{fill:#0c2d6b;stroke:#388bfd}
.slow{fill:#051d4d;stroke:#1f6feb}
.barred{fill:#151b23;stroke:#3d444d}
.worker{fill:#1f6feb;stroke:#79c0ff}
.isolated{stroke:#f85149}
}`;
