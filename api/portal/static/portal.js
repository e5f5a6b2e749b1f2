// The page shows the books as the service tells them; it decides nothing. Texts go in as text, never as markup.
import { CHINESE } from "/static/sentences.js";

const KEY = "pearl.key";
const LANGUAGE = "pearl.language";
const POLL = 2000;
const SAFETY_POLL = 30000;
const PAGE = 500;
const MOST_ROWS = 60;
const LIVE = ["offered", "held", "locked", "on_hold"];

const find = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let language = localStorage.getItem(LANGUAGE) || (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
let visit = null; // what belongs to one key: aborted as a whole when it is left
let shown = { summary: null, vouchers: [], findings: [], exposure: [], picture: "" };
let currency = null;
let pictureSheet = null;
let drawn = "";

// Words and figures

function say(sentence, values = {}) {
  const text = language === "zh" ? CHINESE[sentence] || sentence : sentence.replaceAll("_", " ");
  return text.replace(/{(\w+)}/g, (_, name) => values[name]);
}

function money({ minor, currency: code }, sign = true) {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits;
  const value = BigInt(minor);
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const amount = (value < 0n ? "−" : "") + whole + (digits ? "." + text.slice(-digits) : "");
  return sign ? `${amount} ${code}` : amount;
}

function moment(text) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  return text ? new Date(text).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }) : "";
}

// Elements

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function table(columns, rows, count = rows.length) {
  if (!rows.length) return make("p", { class: "hint" }, say("nothing yet"));
  const head = make("tr", {}, ...columns.map(([title, , kind]) => make("th", { class: kind || "" }, title && say(title))));
  const body = rows.slice(0, MOST_ROWS).map((row) =>
    make("tr", {}, ...columns.map(([, cell, kind]) => make("td", { class: kind || "" }, cell(row)))));
  const grid = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  if (count <= MOST_ROWS) return grid;
  const rest = say("the first {shown} of {count}", { shown: Math.min(rows.length, MOST_ROWS), count });
  return make("div", {}, grid, make("p", { class: "hint" }, rest));
}

const badge = (word) => make("span", { class: `badge ${word}` }, say(word));

function show(id, ...children) {
  find(id).replaceChildren(...children);
}

function complain(text) {
  find("message").textContent = text;
  find("message").hidden = !text;
}

function pulse(state, sentence) {
  find("pulse").dataset.state = state;
  find("pulse").textContent = sentence ? say(sentence) : "";
  find("pulse").dataset.sentence = sentence || "";
}

// The service

class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail, problem.next_step].filter(Boolean).join(language === "zh" ? "；" : "; ") || String(status));
    this.status = status;
  }
}

async function call(path, options = {}) {
  const answer = await fetch(path, {
    ...options,
    signal: visit.signal,
    cache: "no-store",
    headers: { Authorization: `Bearer ${visit.key}`, "Accept-Language": language, ...options.headers },
  });
  if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** A list, bare or the first page of many; empty for who may not see it. */
async function list(path) {
  try {
    const body = await (await call(path)).json();
    return Array.isArray(body) ? body : body.items;
  } catch (error) {
    if (error instanceof Refused && [403, 404, 409].includes(error.status)) return [];
    throw error;
  }
}

/** What waits and what is held come first: the page of all pieces may end before them. */
async function pieces() {
  const pages = await Promise.all(
    ["state=offered&", "state=held&", ""].map((only) => list(`/v1/vouchers?${only}limit=${PAGE}`)));
  return [...new Map(pages.flat().map((voucher) => [voucher.id, voucher])).values()];
}

async function picture() {
  try {
    const query = new URLSearchParams({ format: "svg", language });
    if (currency) query.set("currency", currency);
    return await (await call(`/v1/picture?${query}`)).text();
  } catch (error) {
    if (error instanceof Refused && [403, 404, 409].includes(error.status)) return "";
    throw error;
  }
}

// What is shown

function drawWho() {
  const { enterprise, roles } = shown.summary;
  find("who").textContent = [enterprise.name, roles.map((role) => say(role)).join(" · ")].filter(Boolean).join(" — ");
}

function tile(kind, label, value, note) {
  return make("div", { class: `tile ${kind}` },
    make("dt", {}, label), make("dd", {}, value, note ? make("small", {}, note) : null));
}

function drawTiles() {
  const { figures, ledger_time: time, last_block: number } = shown.summary;
  const tiles = [];
  for (const each of figures) {
    const code = figures.length > 1 ? ` · ${each.currency}` : "";
    const amount = (value) => money(value, false);
    if (BigInt(each.issued.minor)) {
      const note = say("outstanding {amount}", { amount: amount(each.outstanding) });
      tiles.push(tile("issued", say("Issued") + code, amount(each.issued), note));
    }
    tiles.push(tile("held", say("Held") + code, amount(each.held)));
    if (BigInt(each.offered.minor)) tiles.push(tile("transferred", say("Offered to you") + code, amount(each.offered)));
    tiles.push(tile("financed", say("Sold to banks") + code, amount(each.sold)));
    tiles.push(tile("redeemed", say("Paid at maturity") + code, amount(each.received)));
  }
  tiles.push(tile("time", say("Ledger time"), moment(time), say("block {number}", { number })));
  show("tiles", ...tiles);
}

function drawCurrencies() {
  const codes = shown.summary.figures.map((each) => each.currency);
  if (!codes.includes(currency)) currency = codes[0] || null;
  find("currency").hidden = codes.length < 2;
  show("currency", ...codes.map((code) => make("option", code === currency ? { value: code, selected: "" } : { value: code }, code)));
}

function drawPicture() {
  const room = find("picture");
  if (!shown.picture) {
    drawn = "";
    show("picture", make("p", { class: "hint" }, say("there is nothing to draw yet")));
    return;
  }
  if (shown.picture === drawn) return; // what lies under the pointer stays
  // The policy of the page forbids inline style; a style sheet made here is not inline.
  const style = /<style>([^<]*)<\/style>/.exec(shown.picture);
  const text = style ? shown.picture.replace(style[0], "") : shown.picture;
  const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (drawing.localName !== "svg") throw new Error("the picture is no SVG");
  pictureSheet ??= new CSSStyleSheet();
  pictureSheet.replaceSync(style ? style[1] : "");
  document.adoptedStyleSheets = [pictureSheet];
  const { scrollLeft } = room;
  room.replaceChildren(document.importNode(drawing, true));
  room.scrollLeft = scrollLeft;
  drawn = shown.picture;
}

const name = (party) => (party ? party.name || party.id : "");
const amountOf = (voucher) => money(voucher.amount || voucher.initial);
const stateOf = (voucher) => badge(voucher.overdue && LIVE.includes(voucher.state) ? "overdue" : voucher.state);

function drawPieces() {
  const own = shown.summary.enterprise.id;
  const weight = (voucher) => (voucher.state === "offered" ? 0 : LIVE.includes(voucher.state) ? 1 : 2);
  const rows = [...shown.vouchers]
    .sort((a, b) => weight(a) - weight(b) || a.maturity.localeCompare(b.maturity) || a.id.localeCompare(b.id));
  const columns = [
    ["Piece", (row) => row.id, "code"],
    ["Issuer", (row) => name(row.issuer)],
    ["Holder", (row) => name(row.owner)],
    ["Tier", (row) => String(row.tier)],
    ["Amount", amountOf, "figure"],
    ["Maturity", (row) => row.maturity, "date"],
    ["State", stateOf],
  ];
  const counts = Object.entries(shown.summary.vouchers_by_state);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  show("pieces", table(columns, rows, Math.max(total, rows.length)));
  show("states", ...counts.map(([state, count]) => make("span", {}, `${say(state)} ${count}`)));

  const offers = rows.filter((voucher) => voucher.state === "offered" && voucher.owner.id === own);
  find("offers").hidden = !offers.length;
  show("offers-table", table([
    ["Piece", (row) => row.id, "code"],
    ["Issuer", (row) => name(row.issuer)],
    ["From", (row) => name(row.given_by)],
    ["Amount", amountOf, "figure"],
    ["Maturity", (row) => row.maturity, "date"],
    ["Answer by", (row) => moment(row.offer_deadline), "date"],
    ["", answers, "answers"],
  ], offers));
}

function answers(voucher) {
  const button = (verb, word, kind) => make("button", {
    type: "button",
    class: kind,
    onclick: (event) => answer(voucher, verb, event.currentTarget),
  }, say(word));
  return make("span", {}, button("accept", "Accept", ""), button("reject", "Reject", "plain"));
}

async function answer(voucher, verb, button) {
  // One key a button: pressing it again after a broken connection repeats the same command, never another.
  const command = (button.dataset.command ||= crypto.randomUUID());
  const both = button.parentElement.querySelectorAll("button");
  both.forEach((each) => (each.disabled = true));
  try {
    const operation = await (await call(`/v1/vouchers/${encodeURIComponent(voucher.id)}/${verb}`, {
      method: "POST",
      body: "{}",
      headers: { "Content-Type": "application/json", "Idempotency-Key": command, Prefer: "wait=20" },
    })).json();
    if (operation.problem) throw new Refused(operation.problem.status, operation.problem);
    complain("");
    await refresh(true);
  } catch (error) {
    both.forEach((each) => (each.disabled = false));
    trouble(error);
  }
}

function drawFindings() {
  const order = ["refused", "blocked", "flagged"];
  const rows = [...shown.findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  show("findings", table([
    ["State", (row) => badge(row.severity)],
    ["Rule", (row) => row.rule, "code"],
    ["What was found", (row) => row.text],
    ["Where", (row) => [row.path && row.path.split("/").pop(), row.place].filter(Boolean).join(" · "), "where"],
  ], rows));
  const counts = order.map((severity) => [severity, rows.filter((row) => row.severity === severity).length]);
  show("severities", ...counts.filter(([, count]) => count).map(([word, count]) => make("span", {}, `${say(word)} ${count}`)));
}

function drawExposure() {
  const groups = new Map();
  for (const cell of shown.exposure) {
    const key = JSON.stringify([cell.bank.id, cell.issuer.id, cell.amount.currency]);
    if (!groups.has(key)) groups.set(key, { bank: cell.bank, issuer: cell.issuer, currency: cell.amount.currency });
    const group = groups.get(key);
    group[cell.kind] = (group[cell.kind] || 0n) + BigInt(cell.amount.minor);
  }
  const figure = (kind) => (row) => (row[kind] ? money({ minor: row[kind], currency: row.currency }) : "");
  find("exposure-section").hidden = !groups.size;
  show("exposure", table([
    ["Bank", (row) => name(row.bank)],
    ["Issuer", (row) => name(row.issuer)],
    ["Committed", figure("committed"), "figure"],
    ["Contingent", figure("contingent"), "figure"],
    ["Funded", figure("funded"), "figure"],
  ], [...groups.values()]));
}

function drawAll() {
  drawWho();
  drawTiles();
  drawPicture();
  drawPieces();
  drawFindings();
  drawExposure();
}

function drawLanguage() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.querySelectorAll("[data-say]").forEach((element) => (element.textContent = say(element.dataset.say)));
  document.querySelectorAll("[data-language]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.language === language)));
  pulse(find("pulse").dataset.state, find("pulse").dataset.sentence);
}

// Keeping up

let busy = null;

/** Fetch what changed and draw it; calls that come meanwhile share one further round. */
async function refresh(all = false) {
  if (busy) {
    busy.again = true;
    busy.all ||= all;
    return busy.done;
  }
  busy = { again: false, all };
  const round = busy;
  round.done = (async () => {
    do {
      const everything = round.all;
      round.again = round.all = false;
      await look(everything);
    } while (round.again);
  })().finally(() => (busy = null));
  return round.done;
}

async function look(all) {
  const own = visit;
  const summary = await (await call("/v1/summary")).json();
  if (own !== visit) return;
  if (!all && JSON.stringify(summary) === JSON.stringify(shown.summary)) return;
  shown.summary = summary;
  drawCurrencies();
  const [drawing, vouchers, findings, exposure] = await Promise.all(
    [picture(), pieces(), list(`/v1/findings?limit=${PAGE}`), list("/v1/exposure")]);
  if (own !== visit) return;
  shown = { summary, vouchers, findings, exposure, picture: drawing };
  find("door").hidden = true;
  find("room").hidden = find("who").hidden = find("leave").hidden = false;
  drawAll();
}

function trouble(error) {
  if (!visit || error.name === "AbortError") return;
  if (error instanceof Refused && error.status === 401) {
    leave();
    complain(say("this key is not known"));
  } else if (error instanceof Refused) {
    complain(error.message);
  } else {
    pulse("lost", "not reachable, trying again");
  }
}

/** Ask every two seconds while there is no stream, now and then while there is one, never while nobody looks. */
async function poll(own) {
  let last = 0;
  while (own === visit) {
    const wait = own.streaming ? SAFETY_POLL : POLL;
    if (!document.hidden && Date.now() - last >= wait) {
      last = Date.now();
      try {
        await refresh();
        if (own === visit) pulse("live", own.streaming ? "live" : "every two seconds");
      } catch (error) {
        trouble(error);
      }
    }
    await pause(500);
  }
}

/** Read the stream of events with fetch, which can send the key where EventSource cannot. */
async function listen(own) {
  let wait = 1000;
  while (own === visit) {
    try {
      const answer = await call("/v1/events/stream", { headers: { Accept: "text/event-stream" } });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      own.streaming = true;
      pulse("live", "live");
      wait = 1000;
      for (let rest = ""; ;) {
        const { value, done } = await reader.read();
        if (done || own !== visit) break;
        const lines = (rest + value).split(/\r\n|\n|\r/);
        rest = lines.pop();
        if (lines.some((line) => line.startsWith("data:"))) {
          await pause(250); // a block brings many events: one look for all of them
          await refresh();
        }
      }
    } catch (error) {
      if (own !== visit || error.name === "AbortError") return;
      if (error instanceof Refused && error.status === 401) return;
      if (error instanceof Refused && [404, 405].includes(error.status)) {
        own.streaming = false;
        return; // a service without a stream
      }
    }
    own.streaming = false;
    await pause(wait);
    wait = Math.min(wait * 2, 15000);
  }
}

// Coming and going

async function enter(key) {
  const controller = new AbortController();
  visit = { key, signal: controller.signal, abort: () => controller.abort(), streaming: false };
  const own = visit;
  complain("");
  pulse("idle", "connecting");
  try {
    await refresh(true);
  } catch (error) {
    trouble(error);
  }
  if (own !== visit) return;
  sessionStorage.setItem(KEY, key);
  poll(own);
  listen(own);
}

function leave() {
  visit?.abort();
  visit = null;
  sessionStorage.removeItem(KEY);
  shown = { summary: null, vouchers: [], findings: [], exposure: [], picture: "" };
  currency = null;
  find("door").hidden = false;
  find("room").hidden = find("who").hidden = find("leave").hidden = true;
  drawn = "";
  for (const id of ["tiles", "picture", "pieces", "findings", "exposure", "offers-table", "who"]) show(id);
  pulse("idle", "");
}

find("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = find("key").value.trim();
  find("key").value = "";
  if (key) enter(key);
});
find("leave").addEventListener("click", leave);
find("currency").addEventListener("change", (event) => {
  currency = event.target.value;
  refresh(true).catch(trouble);
});
document.querySelectorAll("[data-language]").forEach((button) =>
  button.addEventListener("click", () => {
    language = button.dataset.language;
    localStorage.setItem(LANGUAGE, language);
    drawLanguage();
    if (shown.summary) drawAll();
    if (visit) refresh(true).catch(trouble); // sentences and names of the service come in the new language
  }));
document.addEventListener("visibilitychange", () => {
  if (visit && !document.hidden) refresh().catch(trouble);
});

drawLanguage();
const kept = sessionStorage.getItem(KEY);
if (kept) enter(kept);
