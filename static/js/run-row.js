// Fills the slots of one run, wherever it is shown: a row of the widget, of the list, or the head of its page.
import { clampPercent, clock, fill, isActive, isUnderWay, stallLevelOf, stateOf } from "./rules.js";
import { knownUntil, secondsBetween, setText } from "./times.js";

/** @typedef {import("./rules.js").RunRow} RunRow */

const language = document.documentElement.lang || "en";
const number = new Intl.NumberFormat(language);
/** A run that ended before it began has no duration. */
const NO_CLOCK = "–";

const widget = document.getElementById("widget");
/** @type {Record<string, {label: string, tone: string}>} */
const badges = JSON.parse(widget?.dataset.badges ?? "{}");
/** @type {Record<string, string>} */
export const texts = JSON.parse(widget?.dataset.texts ?? "{}");
/** @type {import("./rules.js").StallLevels} */
const stallLevels = JSON.parse(widget?.dataset.stallLevels ?? "{}");
/** @type {Record<string, string>} */
const tenants = JSON.parse(widget?.dataset.tenants ?? "{}");
/** For users with several workspaces. @type {Record<string, string>} */
const workspaces = JSON.parse(widget?.dataset.workspaces ?? "{}");

/** @param {Element} element @param {string} name @returns {HTMLElement|null} */
const slot = (element, name) => element.querySelector(`[data-slot="${name}"]`);

/** Writes `row` into `element`; missing slots are skipped. @param {HTMLElement} element @param {RunRow} row */
export const fillRun = (element, row) => {
  element.dataset.runId = String(row.run_id);
  element.dataset.tone = isActive(row) ? "" : badgeOf(row).tone;
  write(element, "label", row.label)?.setAttribute("title", row.label);
  write(element, "tenant", (row.tenant_id === null ? workspaces[row.workspace_id ?? ""] : tenants[row.tenant_id]) ?? "");
  write(element, "initiator", row.initiator);
  write(element, "link-label", ` ${row.label}`);
  slot(element, "link")?.setAttribute("href", row.url);
  fillBadge(slot(element, "badge"), row);
  fillProgress(slot(element, "progress"), row);
  fillCounts(element, row.counts);
  tickRun(element, row);
};

/** Updates only what depends on the time. @param {HTMLElement} element @param {RunRow} row */
export const tickRun = (element, row) => {
  write(element, "elapsed", clockOf(row));
  const eta = slot(element, "eta");
  fillStall(slot(element, "stall"), row);
  if (eta) setText(eta, isActive(row) && row.eta_seconds !== null ? fill(texts.left, { time: clock(row.eta_seconds) }) : "");
};

/** How seriously it has stalled, as far as this page has heard: while nothing is heard at all, nothing is said of it. @param {RunRow} row */
export const stallOf = (row) => stallLevelOf(row, knownUntil(), stallLevels);

/** @param {HTMLElement|null} badge @param {RunRow} row */
const fillStall = (badge, row) => {
  if (!badge) return;
  const level = stallOf(row);
  const { label, tone } = level ? stallLevels[level] : { label: "", tone: "secondary" };
  setText(badge, label);
  if (badge.className !== `badge tone-${tone}`) badge.className = `badge tone-${tone}`;
  badge.hidden = level === null;
};

/** How long it has been, or was, at work; how long it waits while nobody has begun it. @param {RunRow} row */
const clockOf = (row) => {
  if (!isUnderWay(row) && (isActive(row) || !row.completed_at)) return "";
  if (row.started_at !== null) return clock(secondsBetween(row.started_at, row.completed_at));
  return isActive(row) ? fill(texts.waiting, { time: clock(secondsBetween(row.created_at)) }) : NO_CLOCK;
};

/** @param {HTMLElement} element @param {string} name @param {string} text */
const write = (element, name, text) => {
  const found = slot(element, name);
  if (found) setText(found, text);
  return found;
};

/** @param {RunRow} row */
const badgeOf = (row) => badges[stateOf(row)] ?? badges.unknown;

/** @param {HTMLElement|null} badge @param {RunRow} row */
const fillBadge = (badge, row) => {
  if (!badge) return;
  const { label, tone } = badgeOf(row);
  setText(badge, label);
  badge.className = `badge tone-${tone}`;
};

/** @param {HTMLElement|null} bar @param {RunRow} row */
const fillProgress = (bar, row) => {
  if (!(bar instanceof HTMLProgressElement)) return;
  const percent = clampPercent(row.percent);
  if (percent === null) bar.removeAttribute("value");
  else bar.value = percent;
  bar.classList.toggle("has-failures", Boolean(row.counts.failed));
  bar.setAttribute("aria-label", fill(texts.progress, { label: row.label }));
  const endSays = !isActive(row) && percent !== null && !bar.hasAttribute("data-while-active");
  bar.hidden = !isUnderWay(row) && !endSays;
};

/** @param {HTMLElement} element @param {Record<string, number>} counts */
const fillCounts = (element, counts) => {
  const done = slot(element, "done");
  const failed = slot(element, "failed");
  const shown = { processed: number.format(counts.processed ?? 0), total: number.format(counts.total ?? 0), failed: number.format(counts.failed ?? 0) };
  if (done) setText(done, fill(doneText(counts), shown));
  if (failed) setText(failed, counts.failed ? fill(texts.failed, shown) : "");
};

/** @param {Record<string, number>} counts */
const doneText = (counts) => {
  if (counts.total && counts.processed !== undefined) return texts.done_of_total;
  return counts.processed ? texts.done : "";
};
