// What moves without a new page: the sliders, the answer that follows them, notices, copies and pictures. All else is
// there without a script.
const base = document.querySelector("script[data-base]")?.dataset.base ?? "";
const policy = window.trustedTypes?.createPolicy("pcs", { createHTML: (html) => html }) ?? { createHTML: (html) => html };
const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const make = (name, properties, ...content) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...content);
  return element;
};
const link = (href, text) => make("a", { href }, text);
const button = (text, onclick) => make("button", { type: "button", onclick }, text);
const here = () => location.pathname + location.search;
const main = one("main");
const form = one("form.times");

// Milliseconds: a slider rests; the address may change again, which browsers allow 20 times a second at most; a notice of
// something done goes; the stream is opened again.
const [REST, APART, GONE, AGAIN] = [500, 200, 5000, 5000];

// ---- Notices: one of each kind, in a region that is read out.

function notice(kind, ...content) {
  const old = one(`.notice[data-kind=${kind}]`);
  const hadFocus = old?.contains(document.activeElement);
  old?.remove();
  const young = make("p", { className: "notice" }, ...content);
  young.dataset.kind = kind;
  if (content.length > 0) one(".notices").append(young);
  if (hadFocus) (one("a, button", young) ?? main).focus();
}

function done(text) {
  notice("done", text);
  setTimeout(() => notice("done"), GONE);
}

const expired = () => notice("trouble", "Your session has ended. ", link(location.href, "Sign in"));

// ---- Signing in: with a token of the fragment, which goes out of the address at once, or of the form.

async function signIn(token) {
  const headers = { Authorization: `Bearer ${token}` };
  const reply = await fetch(`${base}/session`, { method: "POST", headers }).catch(() => null);
  if (reply?.ok) location.reload();
  else notice("trouble", reply ? "The token is not taken: it is not whole, or has ended." : "The service cannot be reached.");
}

const fragment = () => new URLSearchParams(location.hash.slice(1));
const token = fragment().get("token");
if (token !== null) {
  history.replaceState(null, "", here());
  signIn(token);
}
one("form.sign-in")?.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(event.target.elements.token.value.trim());
});

// ---- The answer: another one takes the place of this one, part by part.

const PARTS = [".crumbs", "main h1", ".answer", "footer"];
const FOCUSABLE = "a[href], button, input, select, summary, [tabindex]";
const FIELDS = ".time, button";
let rest;

const section = (element) => element.closest("[aria-labelledby]")?.getAttribute("aria-labelledby") ?? "";

// Returns what gives the focus back to the same element of another answer, or else to the answer.
function keptFocus() {
  const active = document.activeElement;
  const part = [...PARTS, "form.times"].find((part) => one(part)?.contains(active));
  if (!part || (form?.contains(active) && active.closest(FIELDS))) return () => {};
  const key = (element) => [element.tagName, element.id, element.pathname, element.name, section(element)].join();
  const wanted = key(active);
  const alike = () => all(FOCUSABLE, one(part)).filter((element) => key(element) === wanted);
  const nth = alike().indexOf(active);
  return () => (alike()[nth] ?? alike()[0] ?? main).focus({ preventScroll: true });
}

function exchange(other) {
  const focus = keptFocus();
  for (const part of PARTS) {
    const [old, young] = [one(part), one(part, other)];
    if (old && young) old.replaceChildren(...young.childNodes);
  }
  const young = one("form.times", other);
  if (form && young) {
    const isOther = (child) => !child.matches(FIELDS);
    for (const child of [...form.children].filter(isOther)) child.remove();
    form.append(...[...young.children].filter(isOther));
    for (const { field } of sliders) {
      const fresh = young.elements[field.name];
      for (const { name, value } of fresh.attributes) field.setAttribute(name, value);
      // Whoever drags a slider further has other times in the fields.
      if (!wanted) field.value = fresh.value;
    }
  }
  document.title = other.title;
  const [status, text] = [one(".status"), one(".status", other)?.textContent];
  status.textContent = "";
  clearTimeout(rest);
  rest = setTimeout(() => (status.textContent = text ?? ""), REST);
  dress();
  grown(Number(one("main", other).dataset.size));
  focus();
}

// Adds to an answer what needs the script.
function dress() {
  for (const copy of all("[data-copies]")) copy.hidden = false;
  for (const picture of all("footer a[href*='format=svg']")) picture.after(" ", button("PNG", () => drawn(picture.href)));
  for (const address of all(".address")) address.textContent = address.href;
  for (const slider of sliders) slider.follow();
}

// ---- Asking: one answer at a time, and behind it the newest that is wanted. So none comes out of order.

let shown = here();
// The address of the entry of the history that a drag began in.
let entry = shown;
let [wanted, asked, replaced] = [null, null, 0];

// `how` the history tells it: "replace" while a slider is dragged, "push" when it rests, "keep" for the same entry with
// another address, "none" when the history has moved already.
function ask(address, how) {
  if (asked?.address === address) {
    [asked.how, wanted] = [how, null];
    return;
  }
  wanted = { address, how, control: new AbortController() };
  if (!asked) follow();
  else if (how !== "replace") asked.control.abort();
}

async function follow() {
  while ((asked = wanted)) {
    wanted = null;
    if (asked.address === shown || (await show(asked))) remember(asked);
  }
}

async function show({ address, control }) {
  const again = button("Try again", () => ask(address, "push"));
  let [reply, text] = [];
  try {
    reply = await fetch(address, { signal: control.signal, headers: { Accept: "text/html" } });
    text = await reply.text();
  } catch {
    if (!control.signal.aborted) notice("trouble", "The service cannot be reached; the answer is that of before. ", again);
    return false;
  }
  const other = new DOMParser().parseFromString(policy.createHTML(text), "text/html");
  if (reply.status === 401) {
    expired();
    return false;
  }
  if (!reply.ok || !one(".answer", other)) {
    const why = all("main h1, main h1 ~ p", other).map((part) => part.textContent.trim()).slice(0, 2);
    notice("trouble", `${why.join(": ") || "The service does not answer"}. `, again);
    return false;
  }
  notice("trouble");
  shown = address;
  exchange(other);
  return true;
}

function remember({ address, how }) {
  const now = performance.now();
  if (how === "none" || how === "keep") {
    if (how === "keep") history.replaceState(null, "", address);
    entry = address;
  } else if (how === "push" && address !== entry) {
    history.replaceState(null, "", entry);
    history.pushState(null, "", address);
    entry = address;
  } else if (how === "push" || now - replaced > APART) {
    history.replaceState(null, "", address);
    replaced = now;
  }
}

// Details that are open stand in the address, as `open=all` does for all of them.
const toggled = ({ target }) => {
  const name = target.dataset?.open;
  const before = new URL(shown, location.href).searchParams.get("open")?.split(",") ?? [];
  if (!name || !form || target.open === (before.includes(name) || before.includes("all"))) return;
  const names = new Set(all("details[data-open][open]").map((details) => details.dataset.open));
  (form.elements.open ?? form.appendChild(make("input", { type: "hidden", name: "open" }))).value = [...names];
  ask(addressOf(), "keep");
};
document.addEventListener("toggle", toggled, true);

addEventListener("popstate", () => {
  if (here() !== shown) ask(here(), "none");
});

// ---- Sliders.

const DAY = 86_400_000;
const dayOf = (text) => Date.parse(`${text}T00:00:00Z`) / DAY;
const textOf = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const [PAGES, STOPS] = [{ PageUp: 1, PageDown: -1 }, 10];
const sliders = [];

// The same day of another month; the last one of a month stays a last one.
function monthsOn(number, months) {
  const date = new Date(number * DAY);
  const lastOf = (month) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + month + 1, 0) / DAY;
  const same = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()) / DAY;
  return number === lastOf(0) ? lastOf(months) : Math.min(same, lastOf(months));
}

const addressOf = () =>
  `${location.pathname}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""))}`;

// `places` says which place of the slider a text has, which text a place has, and where a page further is.
function addSlider(field, label, places) {
  const input = make("input", { type: "range", step: 1 });
  input.setAttribute("aria-label", label);
  const follow = () => {
    [input.min, input.max] = places.bounds();
    input.value = places.of(field.value);
    input.setAttribute("aria-valuetext", field.value || "now");
  };
  const move = () => {
    field.value = places.text(input.valueAsNumber);
    input.setAttribute("aria-valuetext", field.value || "now");
    ask(addressOf(), "replace");
  };
  let held = false;
  const release = () => {
    held = false;
    ask(addressOf(), "push");
  };
  input.addEventListener("input", move);
  // A key that is held moves the slider again and again, and each time says that it is changed.
  input.addEventListener("change", () => held || release());
  input.addEventListener("keydown", (event) => {
    held ||= /^(Arrow|Page|Home|End)/.test(event.key);
    if (!(event.key in PAGES)) return;
    event.preventDefault();
    input.value = places.page(input.valueAsNumber, PAGES[event.key]);
    move();
  });
  for (const end of ["keyup", "blur"]) input.addEventListener(end, () => held && release());
  sliders.push({ field, follow });
  field.after(input);
  follow();
}

// The instants, or days, at which the known-at slider stops, ascending; behind them is now.
let stops = [];

async function learn() {
  const partner = location.pathname.slice(base.length).match(/^\/p\/([^/]+)/)?.[1];
  if (partner) {
    const reply = await fetch(`${base}/v1/partners/${partner}/instants`).catch(() => null);
    if (reply?.ok) stops = (await reply.json()).items.map((instant) => instant.at);
  } else {
    const [first, last] = [form.elements.known_at.dataset.first, form.elements.known_at.dataset.last];
    stops = first ? Array.from({ length: dayOf(last) - dayOf(first) + 1 }, (_, nth) => textOf(dayOf(first) + nth)) : [];
  }
  for (const slider of sliders) slider.follow();
}

if (form) {
  const { as_of, known_at } = form.elements;
  addSlider(as_of, "As of", {
    bounds: () => [dayOf(as_of.min), dayOf(as_of.max)],
    of: dayOf,
    text: textOf,
    page: monthsOn,
  });
  addSlider(known_at, "As known at", {
    bounds: () => [0, stops.length],
    // A text that is no instant is now, or then for each day.
    of: (text) => (!/^\d/.test(text) ? stops.length : Math.max(0, stops.findLastIndex((stop) => stop <= text))),
    text: (place) => stops[place] ?? "",
    page: (place, pages) => place + pages * STOPS,
  });
  learn();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(addressOf(), "push");
  });
}

// ---- What is new is told, and never jumps. Only a page that is seen has a stream: browsers open six at most.

let size = Number(main?.dataset.size);
let [next, fresh, source] = [size, 0, null];

// The answer has the entries up to another size.
function grown(to) {
  if (to <= size) return;
  size = to;
  if (next <= size) {
    [next, fresh] = [size, 0];
    notice("news");
  }
  learn();
}

function told({ data, lastEventId }) {
  next = Math.max(next, Number(lastEventId) + 1);
  const count = next > size ? JSON.parse(data).new : 0;
  if (count === 0) return;
  fresh += count;
  const address = new URL(here(), location.href);
  address.searchParams.delete("known_at");
  notice("news", `${fresh} new ${fresh === 1 ? "entry" : "entries"}; `, link(address.href, "show"));
}

function lost() {
  notice("line", "The connection is lost. The page tries again, and tells then what is new.");
}

function listen() {
  source?.close();
  if (document.hidden || !main?.dataset.stream) return;
  const own = (source = new EventSource(`${main.dataset.stream}?from_seq=${next}`));
  let breaks = 0;
  own.addEventListener("at", told);
  own.addEventListener("open", () => ((breaks = 0), notice("line")));
  own.addEventListener("error", async () => {
    if (own.readyState !== EventSource.CLOSED) return ++breaks > 1 && lost();
    const reply = await fetch(here(), { method: "HEAD" }).catch(() => null);
    if (reply?.status === 401) return expired();
    if (reply?.ok) return;
    lost();
    setTimeout(() => own === source && listen(), AGAIN);
  });
}

document.addEventListener("visibilitychange", listen);
listen();

// ---- Copies and pictures.

document.addEventListener("click", async ({ target }) => {
  const copied = document.getElementById(target.closest?.("[data-copies]")?.dataset.copies);
  if (!copied) return;
  try {
    await navigator.clipboard.writeText(copied.textContent);
    done("Copied.");
  } catch {
    getSelection().selectAllChildren(copied);
    done("Selected: copy it with the keys of your system.");
  }
});

// Saves the picture of an address of SVG as PNG, twice the size.
async function drawn(address) {
  const reply = await fetch(address).catch(() => null);
  if (reply?.status === 401) return expired();
  if (!reply?.ok) return notice("trouble", "The picture cannot be had. Try again.");
  const picture = make("img", { src: URL.createObjectURL(await reply.blob()) });
  await picture.decode();
  const canvas = make("canvas", { width: 2 * picture.naturalWidth, height: 2 * picture.naturalHeight });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(picture.src);
  const png = await new Promise((drawn) => canvas.toBlob(drawn, "image/png"));
  const href = URL.createObjectURL(png);
  make("a", { href, download: `${document.title.split(" · ")[0]}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(href), GONE);
}

dress();
