// How it looks. A page gives its own look by the variables that begin with --goldenbook-, light and dark by its
// `color-scheme`; font and size it takes over from the page. A sheet made by script needs no style in the page's policy.

export const LOOK = new CSSStyleSheet();
LOOK.replaceSync(`
:host { display: block; }
:host([hidden]) { display: none; }
.all {
  --ink: var(--goldenbook-ink, light-dark(#17202c, #e9ebee));
  --quiet: var(--goldenbook-quiet, light-dark(#5b6370, #a0a8b4));
  --card: var(--goldenbook-card, light-dark(#ffffff, #181e27));
  --line: var(--goldenbook-line, light-dark(#e1dfd8, #2b333f));
  --accent: var(--goldenbook-accent, light-dark(#765400, #e3b64f));
  --accent-soft: var(--goldenbook-accent-soft, light-dark(#f8efd7, #30280f));
  --sea: var(--goldenbook-sea, light-dark(#f6f6f3, #11161d));
  --land: var(--goldenbook-land, light-dark(#e4e2da, #232a34));
  --here: var(--goldenbook-land-here, light-dark(#d3cfc2, #364150));
  --home: var(--goldenbook-home, light-dark(#c2922a, #e3b64f));
  --radius: var(--goldenbook-radius, 10px);
  --gap: var(--goldenbook-gap, 2.5rem);
  color: var(--ink); font-family: var(--goldenbook-font, inherit); line-height: 1.5;
}
.body { display: grid; gap: var(--gap); }
.body > section { min-width: 0; }
h1, h2, h3, h4, h5, h6 { margin: 0 0 1rem; line-height: 1.25; font-family: var(--goldenbook-heading-font, inherit); text-wrap: balance; }
h1 { font-size: 1.75em; } h2 { font-size: 1.5em; } h3 { font-size: 1.2em; } h4, h5, h6 { font-size: 1em; }
ul + h2, ul + h3, ul + h4, ul + h5, ul + h6 { margin-top: 1.5rem; }
p { margin: 0; overflow-wrap: break-word; }
ul, ol { margin: 0; padding: 0; list-style: none; }
a { color: inherit; text-decoration-color: var(--accent); text-underline-offset: .2em; }
a:hover { color: var(--accent); }
:focus-visible { outline: 3px solid var(--goldenbook-focus, var(--accent)); outline-offset: 2px; border-radius: 4px; }
.quiet { color: var(--quiet); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.state { display: inline-block; padding: 0 .5em; border: 1px solid; border-radius: 1em; font-size: .8125em; color: var(--quiet); }

.ties, .days { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: .75rem; }
.tie, .anniversary { padding: .875rem 1rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--card); min-width: 0; }
.tie p + p { margin-top: .25rem; }
.name strong { font-size: 1.0625em; font-weight: 650; }
.anniversary { display: flex; gap: 1rem; align-items: center; }
.anniversary > div { min-width: 0; }
.figure { flex: none; min-width: 2ch; font: 400 2.25em/1 var(--goldenbook-figure-font, Georgia, serif); text-align: right; color: var(--quiet); }
.round, .jubilee { border-inline-start: 4px solid var(--home); }
.round .figure, .jubilee .figure { color: var(--accent); }
.anniversary .state { border-color: transparent; background: var(--accent-soft); color: var(--accent); }

.field { position: relative; aspect-ratio: 16 / 10; min-height: 17rem; width: 100%; overflow: hidden; border: 1px solid var(--line); border-radius: var(--radius); background: var(--sea); box-sizing: border-box; }
.drawing, svg { position: absolute; inset: 0; width: 100%; height: 100%; }
path { vector-effect: non-scaling-stroke; }
.land { fill: var(--land); stroke: var(--sea); stroke-width: .75; stroke-linejoin: round; }
.here { fill: var(--here); }
.way { fill: none; stroke: var(--ink); stroke-width: 1.5; opacity: .75; }
.way.loose { stroke-dasharray: 6 4; opacity: .55; }
.way.past { stroke-dasharray: 1 4; stroke-linecap: round; opacity: .55; }
.leader { stroke: var(--ink); stroke-width: 1; }
.points li { position: absolute; width: 0; height: 0; }
.points li[hidden] { display: none; }
.points li:hover, .points li:focus-within { z-index: 1; }
.points button { position: absolute; inset: -12px; width: 24px; height: 24px; padding: 0; border: 0; border-radius: 50%; background: none; color: inherit; font: inherit; cursor: pointer; }
.dot { display: block; box-sizing: border-box; width: 12px; height: 12px; margin: auto; border: 2px solid var(--sea); border-radius: 50%; background: var(--ink); }
.home .dot { border-color: var(--ink); border-radius: 3px; background: var(--home); }
.loose .dot { border-color: var(--ink); background: var(--sea); }
.past .dot { width: 10px; height: 10px; border-color: var(--quiet); background: var(--sea); }
.label { position: absolute; padding: 1px 4px; border-radius: 4px; font-size: .8125rem; line-height: 1.25; white-space: nowrap; text-shadow: 0 0 1px var(--sea), 0 0 2px var(--sea), 0 0 3px var(--sea), 0 0 4px var(--sea); }
.home .label { font-weight: 650; }
[data-side=right] .label { left: 20px; top: 50%; transform: translateY(-50%); }
[data-side=left] .label { right: 20px; top: 50%; transform: translateY(-50%); }
[data-side=above] .label { left: 50%; bottom: 20px; transform: translateX(-50%); }
[data-side=below] .label { left: 50%; top: 20px; transform: translateX(-50%); }
[data-crowded] .label { opacity: 0; pointer-events: none; }
button:is(:hover, :focus-visible, [aria-expanded=true]) .label { opacity: 1; background: var(--card); text-shadow: none; }
button:is(:hover, [aria-expanded=true]) .dot { outline: 3px solid var(--home); outline-offset: 1px; }
.zoom { position: absolute; inset-block-start: .5rem; inset-inline-end: .5rem; z-index: 2; display: flex; }
.zoom button { width: 2.25rem; height: 2.25rem; padding: 0; border: 1px solid var(--line); background: var(--card); color: inherit; font: 400 1.25rem/1 inherit; cursor: pointer; }
.zoom :first-child { border-start-start-radius: var(--radius); border-end-start-radius: var(--radius); }
.zoom :last-child { border-inline-start: 0; border-start-end-radius: var(--radius); border-end-end-radius: var(--radius); }
.zoom [aria-disabled=true] { color: var(--quiet); cursor: default; }
.detail { margin-top: .75rem; }
.detail:empty { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .75rem; font-size: .875em; color: var(--quiet); }
.legend li { display: flex; align-items: center; gap: .5em; }
.legend .dot { margin: 0; }
.legend + p { margin-top: .25rem; font-size: .875em; }
.again { margin-top: .75rem; padding: .5rem 1rem; border: 1px solid currentColor; border-radius: var(--radius); background: var(--card); color: inherit; font: inherit; cursor: pointer; }

@media (prefers-reduced-motion: no-preference) { .label, .dot { transition: opacity .15s, outline-color .15s; } }
@media (forced-colors: active) { .land { fill: Canvas; stroke: GrayText; } .here { stroke: CanvasText; } .way, .leader { stroke: CanvasText; } }
@media print {
  .all { color-scheme: light; }
  .again, .detail, .zoom { display: none; }
  .field, .tie, .anniversary { break-inside: avoid; print-color-adjust: exact; }
}
`);
