/** The style of the page: the system's own fonts, light or dark as the system is, tables that scroll by themselves when it is narrow. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --back: #ffffff; --panel: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --soft: #59636e;
  --good: #116329; --doubtful: #7d4e00; --bad: #b3151f; --link: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --panel: #151b23; --line: #3d444d; --text: #f0f6fc; --soft: #a3adb8;
    --good: #4ac26b; --doubtful: #e0a82e; --bad: #ff7b72; --link: #58a6ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 90rem; padding: 1rem 1.5rem 2rem; background: var(--back); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif;
}
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1.25rem; margin-bottom: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
header p { margin: 0; }
.state { color: var(--soft); }
.good { color: var(--good); } .doubtful { color: var(--doubtful); } .bad { color: var(--bad); }
button {
  margin-left: 0.5rem; padding: 0.1rem 0.75rem; border: 1px solid var(--line); border-radius: 0.4rem;
  background: var(--panel); color: inherit; font: inherit; cursor: pointer;
}
button[aria-pressed='true'] { border-color: var(--link); color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
dl {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.5rem; margin: 0 0 1.5rem;
}
dl div { padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--panel); }
dt { color: var(--soft); font-size: 0.8125rem; }
dd { margin: 0; font-size: 1.375rem; font-variant-numeric: tabular-nums; }
section { margin-bottom: 1.5rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 0.5rem; }
#requests { max-height: 32rem; overflow-y: auto; }
table { width: 100%; border-collapse: collapse; }
caption { padding: 0.5rem 0.75rem; text-align: left; font-weight: 600; }
caption span, caption small { display: block; position: sticky; left: 0.75rem; width: fit-content; max-width: calc(100vw - 4rem); }
caption small { color: var(--soft); font-weight: 400; font-size: 0.8125rem; }
caption small:empty { display: none; }
th, td { padding: 0.3rem 0.75rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: var(--panel); color: var(--soft); font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.code { font-family: ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace; font-size: 0.8125rem; overflow-wrap: anywhere; min-width: 9rem; unicode-bidi: isolate; }
td.good, td.doubtful { white-space: nowrap; }
td.bad { overflow-wrap: anywhere; min-width: 7.5rem; }
td.empty { color: var(--soft); }
footer { color: var(--soft); font-size: 0.8125rem; }
@media (max-width: 48rem) {
  body { padding: 0.75rem; }
  .extra { display: none; }
  th, td { padding: 0.3rem 0.5rem; }
  dl { grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); }
}
@media (forced-colors: active) { section, dl div, button { border-color: CanvasText; } }
`
