// The look of the report: light or dark as the reader's system is.
#pragma once

#include <string_view>

namespace clipmill {

inline constexpr std::string_view kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #fff; --line: #e2e2dd; --text: #1d1d1b; --quiet: #6b6b66; --bad: #b3261e; --well: #ecece8;
  --load: #8f959e; --encode_text: #c98a1b; --denoise: #3d6fd6; --decode: #2a9d8f; --render: #9b5de5; --encode_video: #d1495b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #151516; --card: #1f1f21; --line: #333336; --text: #ececea; --quiet: #a0a09b; --bad: #ff8a80; --well: #2a2a2d;
    --load: #8a9099; --encode_text: #d9a441; --denoise: #6c97f0; --decode: #45b8aa; --render: #b388f2; --encode_video: #e4707f;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1280px; padding: 40px 24px 64px; background: var(--page); color: var(--text);
       font: 15px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 40px 0 12px; font-size: 18px; }
.quiet { color: var(--quiet); }
.figures { display: flex; flex-wrap: wrap; gap: 12px 40px; margin: 24px 0 0; }
.figures div { min-width: 72px; }
.figures b { display: block; font-size: 26px; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.bad, .figures b.bad { color: var(--bad); }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 20px; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--quiet); }
th, td { padding: 6px 0 6px 24px; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
tr + tr td { border-top: 1px solid var(--line); }
.share { width: 40%; }
.scroll { overflow-x: auto; }
.bar { display: flex; height: 8px; border-radius: 4px; overflow: hidden; background: var(--well); }
.bar i { display: block; min-width: 1px; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 10px; }
.clips { display: grid; gap: 20px; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }
article { display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line);
          border-radius: 12px; overflow: hidden; }
article video, article .empty { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain; background: #000; }
article .empty { display: grid; place-items: center; background: var(--well); color: var(--quiet); }
article .body { display: flex; flex-direction: column; gap: 8px; flex: 1; padding: 14px 16px 16px; }
article p { margin: 0; overflow-wrap: anywhere; }
.prompt { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; font-weight: 550; }
.facts { font-size: 13px; color: var(--quiet); font-variant-numeric: tabular-nums; }
.push { margin-top: auto; }
.failed { border-color: var(--bad); }
a { color: inherit; text-underline-offset: 3px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
)css";

}  // namespace clipmill
