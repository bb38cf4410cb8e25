/** As GitHub draws a job summary, near enough: its measures and colours of tables, code and headings. */
export const SUMMARY_STYLE = `
body { margin: 0; background: #fff; color: #1f2328; font: 16px/1.5 system-ui, 'DejaVu Sans', sans-serif; }
article { box-sizing: border-box; width: 1000px; padding: 24px 32px; }
.banner { margin: 0 0 16px; color: #59636e; font-size: 14px; }
h2, h3, h4 { margin: 24px 0 16px; line-height: 1.25; }
h2 { padding-bottom: 0.3em; border-bottom: 1px solid #d1d9e0b3; font-size: 1.5em; }
h3 { font-size: 1.25em; }
h4 { font-size: 1em; }
p, table, pre, details { margin: 0 0 16px; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; }
tr:nth-child(2n) td { background: #f6f8fa; }
code { padding: 0.2em 0.4em; border-radius: 6px; background: #818b981f; font: 85% 'DejaVu Sans Mono', monospace; }
pre { padding: 16px; border-radius: 6px; background: #f6f8fa; overflow: auto; font-size: 85%; line-height: 1.45; }
pre code { padding: 0; background: none; font-size: 100%; }
pre.mermaid { background: none; text-align: center; }
`
