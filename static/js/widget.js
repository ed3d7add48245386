// The global progress widget (R26): it appears and updates by itself, shows the end of a run for a moment, and leaves.
import { awaitingMove, fill, isActive, isAwaiting, outranks, underWayMove } from "./rules.js";
import { activeRowsKnown, activeRowsShown, forget, learnFrom, ledger, rowOf, shownRunIds } from "./ledger.js";
import { fillRun, texts, tickRun } from "./run-row.js";
import { noteReach } from "./realtime.js";
import { fetchFragment, Unanswered } from "./server.js";
import { setServerClock, setText } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** How long an ended run stays visible, in milliseconds. */
const FAREWELL = 6000;
const MOST_ASKED = 100;
/** After how many milliseconds it asks again if the count may be wrong. */
const SETTLE = 2000;

const widget = /** @type {HTMLElement} */ (document.getElementById("widget"));
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (widget.querySelector(`[data-slot="${name}"]`));
const rows = () => find("rows");
/** What waits for a decision, folded away. */
const foldedRows = () => find("folded-rows");
/** @param {HTMLElement} list */
const rowsIn = (list) => /** @type {HTMLElement[]} */ ([...list.children]);
const elements = () => rowsIn(rows());
const allElements = () => [...elements(), ...rowsIn(foldedRows())];

/** Where a run is shown. @param {RunRow} row */
const listOf = (row) => (isAwaiting(row) ? foldedRows() : rows());

/** @param {number} runId */
const elementOf = (runId) => allElements().find((element) => element.dataset.runId === String(runId));

/** How many runs are under way, or await a decision, in all, shown or not, and since when these numbers are being kept. */
const total = { underWay: 0, awaiting: 0, capped: false, since: "" };
/** What was heard while an answer was on its way: the answer may be older. @type {Map<number, RunRow>} */
const heard = new Map();

/** Takes the numbers from the server. @param {Element|null} list */
const countFrom = (list) => {
  if (!(list instanceof HTMLElement)) return;
  total.underWay = Number(list.dataset.underWay);
  total.awaiting = Number(list.dataset.awaiting);
  total.capped = list.dataset.capped === "yes";
  total.since = list.dataset.countedAt ?? "";
  for (const row of heard.values()) count(row, undefined);
};

/** @param {RunRow} row @param {RunRow|undefined} before */
const count = (row, before) => {
  if (!total.capped) total.underWay = Math.max(0, total.underWay + underWayMove(row, before, total.since));
  total.awaiting = Math.max(0, total.awaiting + awaitingMove(row, before, total.since));
};

/** @param {RunRow} row @param {RunRow|undefined} before */
const show = (row, before) => {
  heard.set(row.run_id, row);
  count(row, before);
  const element = elementOf(row.run_id) ?? placeFor(row, before);
  if (element) {
    move(element, row);
    fillRun(element, row);
    if (!isActive(row)) sayFarewell(element);
  }
  summarise();
};

/** Adds a row if there is room, or room can be made; other runs are only counted.
 * @param {RunRow} row @param {RunRow|undefined} before */
const placeFor = (row, before) =>
  (isActive(row) || (before && isActive(before))) && (hasRoom(row) || makeRoom(row)) ? insert(row) : undefined;

/** @param {RunRow} row */
const hasRoom = (row) => rowsIn(listOf(row)).length < Number(widget.dataset.most);

/** Shows a run that was just started at once, however many are waiting: another row gives way. @param {RunRow} row */
const makeRoom = (row) => {
  if (!isActive(row) || isAwaiting(row)) return false;
  const last = elements()
    .filter((element) => !element.dataset.ended && !isInUse(element))
    .map((element) => ({ element, row: rowOf(Number(element.dataset.runId)) }))
    .reduce((/** @type {{element: HTMLElement, row: RunRow}|undefined} */ found, { element, row: other }) =>
      other && (!found || outranks(found.row, other)) ? { element, row: other } : found, undefined);
  if (!last || !outranks(row, last.row)) return false;
  last.element.remove();
  return true;
};

/** Whether the row is being read, or about to be clicked. @param {HTMLElement} element */
const isInUse = (element) => element.matches(":hover, :focus-within");

/** @param {RunRow} row */
const insert = (row) => {
  const template = /** @type {HTMLTemplateElement} */ (widget.querySelector('template[data-template="row"]'));
  const element = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  place(element, row);
  return element;
};

/** @param {HTMLElement} element @param {RunRow} row */
const place = (element, row) => {
  const list = listOf(row);
  list.insertBefore(element, rowsIn(list).find((other) => Number(other.dataset.runId) < row.run_id) ?? null); // newest first
};

/** Somebody has decided, or has ended what waited: it leaves the fold, with the reader's focus if that is on it.
 * @param {HTMLElement} element @param {RunRow} row */
const move = (element, row) => {
  if (element.parentElement === listOf(row)) return;
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  place(element, row);
  rows().hidden = find("box").hidden = false; // nothing hidden takes the focus
  if (focused instanceof HTMLElement) focused.focus();
};

/** @param {HTMLElement} element */
const sayFarewell = (element) => {
  if (element.dataset.ended) return;
  element.dataset.ended = "true";
  setTimeout(() => leave(element), FAREWELL);
};

/** Removes a row, a little later if it is in use. @param {HTMLElement} element */
const leave = (element) => {
  if (isInUse(element)) {
    setTimeout(() => leave(element), 1000);
    return;
  }
  element.classList.add("leaving");
  setTimeout(() => { element.remove(); fillRoom(); summarise(); }, 400);
};

/** Replaces rows that have left by others that this page knows; asks the server once if many have left. */
const fillRoom = () => {
  for (const row of activeRowsKnown()) {
    if (hasRoom(row) && !elementOf(row.run_id)) fillRun(insert(row), row);
  }
  if (hidden() > 0 && elements().length < Number(widget.dataset.most) / 2) askForMore();
};

let asking = false;
let settling = false;
const askForMore = async () => {
  if (asking) return;
  asking = true;
  try {
    await refresh();
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error; // the number of hidden runs stays; the next row that leaves asks again
  } finally {
    asking = false;
  }
};

const activeShown = () => elements().filter((element) => !element.dataset.ended).length;

/** How many runs under way have no row. */
const hidden = () => Math.max(0, total.underWay - activeShown());

/** @param {number} number */
const written = (number) => number.toLocaleString(document.documentElement.lang) + (total.capped ? "+" : "");

/** The widget is there while it has something to say. */
export const summarise = () => {
  const isEmpty = elements().length === 0;
  const active = Math.max(total.underWay, activeShown());
  const awaiting = Math.max(total.awaiting, rowsIn(foldedRows()).length);
  setText(find("active-count"), written(active));
  find("active-count").hidden = active === 0; // an end is being told: nothing is under way
  const link = /** @type {HTMLElement} */ (find("more").querySelector("a"));
  setText(link, fill(link.dataset.text ?? "", { number: written(hidden()) }));
  find("more").hidden = hidden() === 0;
  rows().hidden = isEmpty;
  find("box").hidden = isEmpty && find("notice").hidden;
  setText(find("folded-text"), fill(texts.awaiting, { number: awaiting.toLocaleString(document.documentElement.lang) }));
  find("folded").hidden = awaiting === 0;
  widget.hidden = find("box").hidden && find("folded").hidden;
  const shell = document.querySelector(".shell");
  shell?.classList.toggle("has-widget", !find("box").hidden);
  shell?.classList.toggle("has-widget-line", find("box").hidden && !find("folded").hidden);
};

/** Asks the server once for all active runs, and for the state of every other run that this page shows as active. */
export const refresh = async () => {
  const shown = activeRowsShown().map((row) => row.run_id).slice(0, MOST_ASKED);
  const unseen = activeRowsKnown().map((row) => row.run_id).filter((id) => !shownRunIds().has(id));
  heard.clear();
  const asked = allElements(); // a row that is pushed while the answer is on its way is not the answer's to judge
  const fragment = await fetchFragment(`${widget.dataset.liveUrl}${shown.length ? `?shown=${shown.join(",")}` : ""}`);
  if (!fragment) return;
  setServerClock(fragment.querySelector("[data-server-now]")?.getAttribute("data-server-now"));
  learnFrom(fragment);
  noteReach(fragment.querySelector("[data-push]")?.getAttribute("data-push") !== "some");
  countFrom(fragment.querySelector("[data-under-way]")); // after what was learnt, which it counts already
  const told = new Set([...fragment.querySelectorAll("[data-run-id]")].map((row) => /** @type {HTMLElement} */ (row).dataset.runId));
  // The server does not report a row that is not visible any more: its run was pruned, or the user's right has ended.
  asked.filter((element) => !told.has(element.dataset.runId) && !element.dataset.ended).forEach((element) => element.remove());
  forget(unseen.filter((id) => !told.has(String(id))));
  fillRoom();
  summarise();
  settle();
};

/** If a change arrived at the same moment, it is unknown whether the count includes it, so the widget asks once more. */
const settle = () => {
  if (settling || heard.size === 0 || hidden() === 0) return;
  settling = true;
  setTimeout(async () => {
    await askForMore();
    settling = false;
  }, SETTLE);
};

const tick = () => {
  for (const element of elements()) {
    const row = rowOf(Number(element.dataset.runId));
    if (row && isActive(row)) tickRun(element, row);
  }
};

/** What the reader has folded or unfolded stays so on the next page. @param {string} name @param {string} key */
const rememberFolding = (name, key) => {
  const box = /** @type {HTMLDetailsElement} */ (find(name));
  try {
    const remembered = sessionStorage.getItem(key);
    if (remembered) box.open = remembered === "no";
    box.addEventListener("toggle", () => sessionStorage.setItem(key, box.open ? "no" : "yes"));
  } catch {
    // storage is blocked: on the next page it is as it comes
  }
};

export const startWidget = () => {
  rememberFolding("box", "widget-folded");
  rememberFolding("folded", "widget-awaiting-folded");
  countFrom(rows());
  ledger.addEventListener("change", (event) => {
    const { row, before } = /** @type {CustomEvent<{row: RunRow, before: RunRow|undefined}>} */ (event).detail;
    show(row, before);
  });
  summarise();
  setInterval(() => document.hidden || tick(), 1000);
};
