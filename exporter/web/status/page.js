
"use strict";
// The server chooses and words everything; this only asks it again, so that filter, scroll and focus stay.
const form = document.getElementById("choice");
const lost = document.getElementById("lost");
let every = 1000 * Number(/every (\d+) s/.exec(form.textContent)[1]);
let asking = null;
let timer = 0;

function address() {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  return location.pathname + (asked.size ? "?" + asked : "");
}

function put(fresh) {
  const within = document.getElementById("resources");
  const focused = within.contains(document.activeElement) ? document.activeElement : null;
  const href = focused && focused.getAttribute("href");
  const place = href ? [...within.querySelectorAll("a")].filter((a) => a.getAttribute("href") === href).indexOf(focused) : -1;
  for (const id of ["summary", "resources", "uptime"]) {
    const old = document.getElementById(id), now = fresh.getElementById(id);
    if (old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
  }
  document.title = fresh.title;
  if (place >= 0) {
    const again = [...within.querySelectorAll("a")].filter((a) => a.getAttribute("href") === href);
    (again[place] || within).focus({ preventScroll: true });
  }
}

async function ask() {
  clearTimeout(timer);
  if (asking) asking.abort();
  const mine = asking = new AbortController();
  const giveUp = setTimeout(() => mine.abort(), every);
  const url = address();
  history.replaceState(null, "", url);
  try {
    const answer = await fetch(url, { cache: "no-store", signal: mine.signal });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (mine !== asking) return;
    put(new DOMParser().parseFromString(text, "text/html"));
    lost.hidden = true;
  } catch (error) {
    if (mine === asking) lost.hidden = false;
  } finally {
    clearTimeout(giveUp);
    if (mine === asking) { asking = null; wait(); }
  }
}

function wait() {
  clearTimeout(timer);
  if (!form.elements.refresh.checked) timer = setTimeout(ask, every);
}

let typing = 0;
form.elements.q.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(ask, 150); });
form.addEventListener("change", ask);
form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
wait();
