#include "report/html/style.h"

namespace nnstretch::report::html {
namespace {

constexpr std::string_view kStyle = R"css(
 :root{--bg:#fff;--fg:#1b1f24;--dim:#59636e;--line:#dfe3e8;--card:#f6f8fa;
 --c0:#0072b2;--c1:#c77f00;--c2:#00805f;--c3:#b05c95;--c4:#7a8591;--c5:#3b8fc4;--c6:#d55e00;--c7:#8a7a00;
 --good:#0a7a3d;--bad:#b3261e;--warn:#fff4d6;--edge:#e0a800}
 @media(prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#14181d;--fg:#e6e9ed;--dim:#9aa5b1;--line:#303841;--card:#1b2128;
 --c0:#4aa3df;--c1:#f0b429;--c2:#2fc497;--c3:#e09ac0;--c4:#8d99a6;--good:#4cc38a;--bad:#ff8a80;--warn:#3a2f10;--edge:#b8860b}}
 :root[data-theme=dark]{--bg:#14181d;--fg:#e6e9ed;--dim:#9aa5b1;--line:#303841;--card:#1b2128;
 --c0:#4aa3df;--c1:#f0b429;--c2:#2fc497;--c3:#e09ac0;--c4:#8d99a6;--good:#4cc38a;--bad:#ff8a80;--warn:#3a2f10;--edge:#b8860b}
 *{box-sizing:border-box}
 body{margin:0 auto;max-width:1000px;padding:24px 24px 80px;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
 h1{margin:0;font-size:26px}h2{margin:36px 0 6px;font-size:19px}h3{margin:14px 0 4px;font-size:13px;color:var(--dim)}
 .dim,small{color:var(--dim)}small{font-size:12px}
 .warn{background:var(--warn);border-left:4px solid var(--edge);padding:8px 12px;border-radius:3px}
 .top{display:flex;justify-content:space-between;align-items:flex-start;gap:16px}
 button,input{background:var(--card);color:var(--fg);border:1px solid var(--line);border-radius:5px;padding:4px 10px;font:inherit}
 .js{display:none}.scripted .js{display:inline-block}
 .scroll{overflow-x:auto}
 table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
 th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
 th:first-child,.left{text-align:left}
 thead th{font-size:12px;color:var(--dim);white-space:normal;vertical-align:bottom}
 .scripted thead th{cursor:pointer}
 tbody tr:hover{background:var(--card)}a{color:inherit}
 .good{color:var(--good);font-weight:600}.bad{color:var(--bad)}
 .two{display:grid;grid-template-columns:1fr 1fr;gap:20px}
 details{border:1px solid var(--line);border-radius:6px;padding:8px 14px;margin:8px 0}summary{cursor:pointer}
 ul{margin:4px 0;padding-left:18px;font-size:13px}
 dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;font-size:13.5px;margin:8px 0}dt{color:var(--dim)}dd{margin:0}
 .key{display:flex;gap:18px;flex-wrap:wrap;font-size:12.5px;color:var(--dim);margin:4px 0}
 svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}
 svg text{fill:var(--fg)}svg .tick{fill:var(--dim);font-size:10.5px}svg .in{fill:#fff;font-weight:600}
 .grid{stroke:var(--line);fill:none}.whisk{stroke:var(--fg);fill:none;opacity:.6}.med{fill:var(--bg);stroke:var(--fg)}
 .bar{fill:var(--c0)}.doubt{opacity:.5}.base{stroke:var(--c6);stroke-width:2.5;fill:none}.best{stroke:var(--c3);stroke-width:2.5;fill:none}
 .bound{stroke:var(--c2);stroke-width:2.5;fill:none}.front{stroke:var(--c6);fill:none;stroke-dasharray:4 3}
 .wait{fill:var(--c4)}.hand{fill:var(--c6)}.faint{fill:var(--c4);opacity:.45}
 .c0{fill:var(--c0);stroke:var(--c0)}.c1{fill:var(--c1);stroke:var(--c1)}.c2{fill:var(--c2);stroke:var(--c2)}.c3{fill:var(--c3);stroke:var(--c3)}
 .c4{fill:var(--c4);stroke:var(--c4)}.c5{fill:var(--c5);stroke:var(--c5)}.c6{fill:var(--c6);stroke:var(--c6)}.c7{fill:var(--c7);stroke:var(--c7)}
 path.curve{fill:none;stroke-width:1.6}rect.c0,rect.c1,rect.c2,rect.c3,rect.c4{stroke:none}
 @media(max-width:720px){.two{grid-template-columns:1fr}body{padding:14px}.top{display:block}}
 @media print{body{max-width:none;padding:0;font-size:11px}.js{display:none!important}details{break-inside:avoid;border:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}
)css";

constexpr std::string_view kScript = R"js(
'use strict';
const root=document.documentElement;root.classList.add('scripted');
const value=cell=>cell.dataset.v===undefined?cell.textContent:+cell.dataset.v;
document.querySelectorAll('table.sort').forEach(table=>table.querySelectorAll('thead th').forEach((head,column)=>head.addEventListener('click',()=>{
  const up=head.dataset.up=head.dataset.up==='1'?'':'1',body=table.tBodies[0];
  [...body.rows].sort((a,b)=>{const x=value(a.cells[column]),y=value(b.cells[column]);return (x>y?1:x<y?-1:0)*(up?1:-1)}).forEach(row=>body.append(row));
})));
document.querySelector('#theme').addEventListener('click',()=>{
  const now=root.dataset.theme||(matchMedia('(prefers-color-scheme:dark)').matches?'dark':'light');
  root.dataset.theme=now==='dark'?'light':'dark';
});
document.querySelector('#filter').addEventListener('input',event=>{
  const words=event.target.value.toLowerCase();
  document.querySelectorAll('[data-name]').forEach(one=>{one.hidden=!one.dataset.name.toLowerCase().includes(words)});
});
document.querySelectorAll('a[href^="#"]').forEach(link=>link.addEventListener('click',()=>{
  const target=document.getElementById(link.hash.slice(1));if(target)target.open=true;
}));
addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(one=>{one.open=true}));
)js";

}  // namespace

std::string_view style() { return kStyle; }
std::string_view script() { return kScript; }
std::string_view style_hash() { return "sha256-8FFzU7+SmZI/7eK0tjV2NLT0mqM28DLZVcRwlpvLG8Y="; }
std::string_view script_hash() { return "sha256-+sPmd+N6PXKHPop2PCRPR/XRHPfeKkshnElS5sO+j8E="; }

}  // namespace nnstretch::report::html
