// The global progress widget (R26): appears by itself, moves by itself, shows the end for a moment, leaves by itself.
import { isActive } from "./rules.js";
import { activeRowsShown, learnFrom, ledger, rowOf } from "./ledger.js";
import { fillRun, tickRun } from "./run-row.js";
import { fetchFragment } from "./server.js";
import { setServerClock, setText } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

/** How long an ended run stays, in milliseconds. */
const FAREWELL = 6000;
const MOST_ASKED = 100;

const widget = /** @type {HTMLElement} */ (document.getElementById("widget"));
const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (widget.querySelector(`[data-slot="${name}"]`));
const rows = () => find("rows");
const elements = () => /** @type {HTMLElement[]} */ ([...rows().children]);

/** @param {number} runId */
const elementOf = (runId) => elements().find((element) => element.dataset.runId === String(runId));

/** @param {RunRow} row @param {RunRow|undefined} before */
const show = (row, before) => {
  const element = elementOf(row.run_id) ?? (isActive(row) || (before && isActive(before)) ? insert() : undefined);
  if (!element) return;
  fillRun(element, row);
  if (!isActive(row)) sayFarewell(element);
  summarise();
};

const insert = () => {
  const template = /** @type {HTMLTemplateElement} */ (widget.querySelector('template[data-template="row"]'));
  const element = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  rows().prepend(element);
  return element;
};

/** @param {HTMLElement} element */
const sayFarewell = (element) => {
  if (element.dataset.ended) return;
  element.dataset.ended = "true";
  setTimeout(() => leave(element), FAREWELL);
};

/** A row that is being read or is about to be pressed stays a little longer. @param {HTMLElement} element */
const leave = (element) => {
  if (element.matches(":hover, :focus-within")) {
    setTimeout(() => leave(element), 1000);
    return;
  }
  element.classList.add("leaving");
  setTimeout(() => { element.remove(); summarise(); }, 400);
};

/** The widget is there while it has something to say. */
export const summarise = () => {
  const count = elements().length;
  const active = elements().filter((element) => !element.dataset.ended).length;
  setText(find("active-count"), String(active));
  find("active-count").hidden = active === 0; // an end is being told: nothing is under way
  rows().hidden = count === 0;
  const visible = count > 0 || !find("notice").hidden;
  widget.hidden = !visible;
  document.querySelector(".shell")?.classList.toggle("has-widget", visible);
};

/** Asks the server once for what is active now, and for the fate of every other run that this page shows as active. */
export const refresh = async () => {
  const shown = activeRowsShown().map((row) => row.run_id).slice(0, MOST_ASKED);
  const asked = elements(); // a row that is pushed while the answer is on its way is not the answer's to judge
  const fragment = await fetchFragment(`${widget.dataset.liveUrl}${shown.length ? `?shown=${shown.join(",")}` : ""}`);
  if (!fragment) return;
  setServerClock(fragment.querySelector("[data-server-now]")?.getAttribute("data-server-now"));
  learnFrom(fragment);
  const told = new Set([...fragment.querySelectorAll("[data-run-id]")].map((row) => /** @type {HTMLElement} */ (row).dataset.runId));
  // A row of which the server says nothing is out of sight: its run was removed, or the right to see it.
  asked.filter((element) => !told.has(element.dataset.runId) && !element.dataset.ended).forEach((element) => element.remove());
  summarise();
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
  ledger.addEventListener("change", (event) => {
    const { row, before } = /** @type {CustomEvent<{row: RunRow, before: RunRow|undefined}>} */ (event).detail;
    show(row, before);
  });
  summarise();
  setInterval(() => document.hidden || tick(), 1000);
};
