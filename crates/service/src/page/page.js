// Sliders beside the two times, a notice of what is new, and copying. Everything else is there without it.
const base = document.querySelector("script[data-base]")?.dataset.base ?? "";
const policy = window.trustedTypes?.createPolicy("pcs", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

// A token in the fragment opens a session, and goes out of the address at once.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  const opened = await fetch(`${base}/session`, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  if (opened.ok) location.reload();
}

const day = 86_400_000;
const dayOf = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / day);
const textOf = (number) => new Date(number * day).toISOString().slice(0, 10);
let asked;
let rested;

// Shows another address in the place of this one; an answer that comes late is not shown.
async function show(address, push) {
  asked?.abort();
  const own = (asked = new AbortController());
  try {
    const reply = await fetch(address, { signal: own.signal, headers: { Accept: "text/html" } });
    const other = new DOMParser().parseFromString(policy.createHTML(await reply.text()), "text/html");
    if (own.signal.aborted) return;
    for (const part of ["main", "footer"]) {
      const [old, young] = [document.querySelector(part), other.querySelector(part)];
      if (old && young) old.replaceChildren(...young.childNodes);
    }
    document.title = other.title;
    const said = document.querySelector(".status");
    const text = said?.textContent ?? "";
    if (said) said.textContent = "";
    clearTimeout(rested);
    rested = setTimeout(() => said && (said.textContent = text), 500);
    history[push ? "pushState" : "replaceState"](null, "", address);
    wire();
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address);
  }
}

const address = (form) => {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  return `${location.pathname}?${query}`;
};

const form = document.querySelector("form.times");
if (form) {
  const field = form.elements.as_of;
  const slider = Object.assign(document.createElement("input"), { type: "range", step: 1 });
  [slider.min, slider.max] = [dayOf("2022-10-01"), dayOf(textOf(Date.now() / day)) + 366];
  slider.value = dayOf(field.value);
  slider.setAttribute("aria-label", "As of");
  const say = () => slider.setAttribute("aria-valuetext", (field.value = textOf(slider.value)));
  say();
  field.after(slider);
  slider.addEventListener("input", () => (say(), show(address(form), false)));
  slider.addEventListener("change", () => show(address(form), true));
  slider.addEventListener("keydown", (event) => {
    const far = { PageUp: 30, PageDown: -30 }[event.key];
    if (!far) return;
    event.preventDefault();
    slider.value = Number(slider.value) + far;
    slider.dispatchEvent(new Event("input"));
    slider.dispatchEvent(new Event("change"));
  });
  const partner = location.pathname.slice(base.length).match(/^\/p\/([^/]+)/)?.[1];
  if (partner) {
    const reply = await fetch(`${base}/v1/partners/${partner}/instants`);
    const known = reply.ok ? (await reply.json()).items.map((one) => one.at) : [];
    const at = form.elements.known_at;
    const second = Object.assign(document.createElement("input"), { type: "range", step: 1, min: 0, max: known.length });
    const place = known.findIndex((instant) => instant >= at.value);
    second.value = at.value === "" || place < 0 ? known.length : place;
    second.setAttribute("aria-label", "As known at");
    const tell = () => {
      at.value = known[second.value] ?? "";
      second.setAttribute("aria-valuetext", at.value || "now");
    };
    tell();
    at.after(second);
    second.addEventListener("input", () => (tell(), show(address(form), false)));
    second.addEventListener("change", () => show(address(form), true));
  }
  form.addEventListener("submit", (event) => (event.preventDefault(), show(address(form), true)));
}
addEventListener("popstate", () => location.reload());

// What is new is told, and never jumps.
const stream = document.querySelector("main")?.dataset.stream;
if (stream) {
  let fresh = 0;
  let begun = false;
  new EventSource(stream).addEventListener("at", (event) => {
    if (begun) fresh += JSON.parse(event.data).new;
    begun = true;
    if (fresh === 0) return;
    let notice = document.querySelector(".notice");
    if (!notice) {
      notice = Object.assign(document.createElement("p"), { className: "notice" });
      notice.setAttribute("role", "status");
      document.body.append(notice);
    }
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "show" });
    notice.replaceChildren(`${fresh} new ${fresh === 1 ? "entry" : "entries"}: `, link);
  });
}

function wire() {
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
      button.textContent = "Copied";
    };
  }
}
wire();
