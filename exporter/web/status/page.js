
"use strict";
// The server filters and renders; the script only refreshes the content, keeping filter, scroll position and focus.
const form = document.getElementById("filter");
const unreachable = document.getElementById("unreachable");
let refreshMillis = 1000 * Number(/every (\d+) s/.exec(form.textContent)[1]);
let pending = null;
let timer = 0;

function address() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  return location.pathname + (query.size ? "?" + query : "");
}

function update(fresh) {
  const resources = document.getElementById("resources");
  const focused = resources.contains(document.activeElement) ? document.activeElement : null;
  const href = focused && focused.getAttribute("href");
  const sameLinks = () => [...resources.querySelectorAll("a")].filter((a) => a.getAttribute("href") === href);
  const index = href ? sameLinks().indexOf(focused) : -1;
  for (const id of ["summary", "resources", "uptime"]) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
  document.title = fresh.title;
  if (index >= 0) (sameLinks()[index] || resources).focus({ preventScroll: true });
}

async function refresh() {
  clearTimeout(timer);
  if (pending) pending.abort();
  const current = pending = new AbortController();
  const timeout = setTimeout(() => current.abort(), refreshMillis);
  const url = address();
  history.replaceState(null, "", url);
  try {
    const response = await fetch(url, { cache: "no-store", signal: current.signal });
    if (!response.ok) throw new Error(response.status);
    const text = await response.text();
    if (current !== pending) return;
    update(new DOMParser().parseFromString(text, "text/html"));
    unreachable.hidden = true;
  } catch (error) {
    if (current === pending) unreachable.hidden = false;
  } finally {
    clearTimeout(timeout);
    if (current === pending) { pending = null; schedule(); }
  }
}

function schedule() {
  clearTimeout(timer);
  if (!form.elements.refresh.checked) timer = setTimeout(refresh, refreshMillis);
}

let typing = 0;
form.elements.q.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(refresh, 150); });
form.addEventListener("change", refresh);
form.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
schedule();
