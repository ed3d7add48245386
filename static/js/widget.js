// The global progress widget (R26): it appears and updates by itself, shows the end of a run for a moment, and leaves.
import { activeMove, fill, isActive, outranks } from "./rules.js";
import { activeRowsKnown, activeRowsShown, forget, learnFrom, ledger, rowOf, shownRunIds } from "./ledger.js";
import { fillRun, tickRun } from "./run-row.js";
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
const elements = () => /** @type {HTMLElement[]} */ ([...rows().children]);

/** @param {number} runId */
const elementOf = (runId) => elements().find((element) => element.dataset.runId === String(runId));

/** How many runs are active in all, shown or not, and since when that number is being kept. */
const total = { number: 0, capped: false, since: "" };
/** What was heard while an answer was on its way: the answer may be older. @type {Map<number, RunRow>} */
const heard = new Map();

/** Takes the number from the server. @param {Element|null} list */
const countFrom = (list) => {
  if (!(list instanceof HTMLElement)) return;
  total.number = Number(list.dataset.active);
  total.capped = list.dataset.capped === "yes";
  total.since = list.dataset.countedAt ?? "";
  for (const row of heard.values()) total.number += activeMove(row, undefined, total.since);
};

/** @param {RunRow} row @param {RunRow|undefined} before */
const show = (row, before) => {
  heard.set(row.run_id, row);
  if (!total.capped) total.number = Math.max(0, total.number + activeMove(row, before, total.since));
  const element = elementOf(row.run_id) ?? placeFor(row, before);
  if (element) fillRun(element, row);
  if (element && !isActive(row)) sayFarewell(element);
  summarise();
};

/** Adds a row if there is room, or room can be made; other runs are only counted.
 * @param {RunRow} row @param {RunRow|undefined} before */
const placeFor = (row, before) =>
  (isActive(row) || (before && isActive(before))) && (hasRoom() || makeRoom(row)) ? insert(row) : undefined;

const hasRoom = () => elements().length < Number(widget.dataset.most);

/** Shows a run that was just started at once, however many are waiting: another row gives way. @param {RunRow} row */
const makeRoom = (row) => {
  if (!isActive(row)) return false;
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
  rows().insertBefore(element, elements().find((other) => Number(other.dataset.runId) < row.run_id) ?? null); // newest first
  return element;
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
    if (!hasRoom()) return;
    if (!elementOf(row.run_id)) fillRun(insert(row), row);
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

/** How many active runs have no row. */
const hidden = () => Math.max(0, total.number - activeShown());

/** @param {number} number */
const written = (number) => number.toLocaleString(document.documentElement.lang) + (total.capped ? "+" : "");

/** The widget is there while it has something to say. */
export const summarise = () => {
  const count = elements().length;
  const active = Math.max(total.number, activeShown());
  setText(find("active-count"), written(active));
  find("active-count").hidden = active === 0; // an end is being told: nothing is under way
  const link = /** @type {HTMLElement} */ (find("more").querySelector("a"));
  setText(link, fill(link.dataset.text ?? "", { number: written(hidden()) }));
  find("more").hidden = hidden() === 0;
  rows().hidden = count === 0;
  const visible = count > 0 || !find("notice").hidden;
  widget.hidden = !visible;
  document.querySelector(".shell")?.classList.toggle("has-widget", visible);
};

/** Asks the server once for all active runs, and for the state of every other run that this page shows as active. */
export const refresh = async () => {
  const shown = activeRowsShown().map((row) => row.run_id).slice(0, MOST_ASKED);
  const unseen = activeRowsKnown().map((row) => row.run_id).filter((id) => !shownRunIds().has(id));
  heard.clear();
  const asked = elements(); // a row that is pushed while the answer is on its way is not the answer's to judge
  const fragment = await fetchFragment(`${widget.dataset.liveUrl}${shown.length ? `?shown=${shown.join(",")}` : ""}`);
  if (!fragment) return;
  setServerClock(fragment.querySelector("[data-server-now]")?.getAttribute("data-server-now"));
  learnFrom(fragment);
  noteReach(fragment.querySelector("[data-push]")?.getAttribute("data-push") !== "some");
  countFrom(fragment.querySelector("[data-active]")); // after what was learnt, which it counts already
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

/** Folded away stays folded away, until the reader unfolds it. */
const rememberFolding = () => {
  const box = /** @type {HTMLDetailsElement} */ (widget.querySelector("details"));
  try {
    box.open = sessionStorage.getItem("widget-folded") !== "yes";
    box.addEventListener("toggle", () => sessionStorage.setItem("widget-folded", box.open ? "no" : "yes"));
  } catch {
    // storage is blocked: it unfolds again on the next page
  }
};

export const startWidget = () => {
  rememberFolding();
  countFrom(rows());
  ledger.addEventListener("change", (event) => {
    const { row, before } = /** @type {CustomEvent<{row: RunRow, before: RunRow|undefined}>} */ (event).detail;
    show(row, before);
  });
  summarise();
  setInterval(() => document.hidden || tick(), 1000);
};
