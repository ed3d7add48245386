// Times in the reader's time zone, with UTC in the tooltip; relative times and clocks tick.
import { clock, relativeParts } from "./rules.js";

const language = document.documentElement.lang || "en";
// The page's language in the format of the reader's region: 14:30 or 2:30 PM.
const locale = navigator.languages.find((one) => one.split("-")[0] === language.split("-")[0]) ?? language;
const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** By how many milliseconds the server's clock is ahead of ours; a run's times are compared with the server's. */
let ahead = 0;

/** When the server was last heard, by our clock; nothing is known of what happened since. */
let heardAt = Date.now();

/** @param {string|null|undefined} serverNow  ISO time at which the server wrote the page or the fragment */
export const setServerClock = (serverNow) => {
  const parsed = Date.parse(serverNow ?? "");
  if (!Number.isFinite(parsed)) return;
  ahead = parsed - Date.now();
  noteHeard();
};

/** Records that everything the server had to say until now is known. */
export const noteHeard = () => { heardAt = Date.now(); };

/** Until when the page knows what happened, by the server's clock, in milliseconds. */
export const knownUntil = () => heardAt + ahead;

export const serverNow = () => Date.now() + ahead;

/** Seconds between two ISO times, up to now when the second is missing. @param {string} from @param {string|null} [to] */
export const secondsBetween = (from, to) => ((to ? Date.parse(to) : serverNow()) - Date.parse(from)) / 1000;

/** @param {ParentNode} root */
export const showTimes = (root = document) => {
  root.querySelectorAll("time[data-time]").forEach((element) => showTime(/** @type {HTMLTimeElement} */ (element)));
  tickElapsed(root);
};

/** @param {HTMLTimeElement} element */
const showTime = (element) => {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  if (element.dataset.time !== "relative") {
    setText(element, (element.dataset.time === "exact" ? full : short).format(moment));
    return;
  }
  element.dataset.utc ??= element.title;
  element.title = `${full.format(moment)}\n${element.dataset.utc}`;
  setText(element, relative.format(...relativeParts(Math.min(0, (moment.getTime() - serverNow()) / 1000))));
};

/** @param {ParentNode} root */
const tickElapsed = (root) => {
  root.querySelectorAll("[data-elapsed-from]:not([data-elapsed-to])").forEach((element) => {
    setText(element, clock(secondsBetween(/** @type {HTMLElement} */ (element).dataset.elapsedFrom ?? "")));
  });
};

/** Writes only if the text differs, to avoid needless layout. @param {Element} element @param {string} text */
export const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

export const startTimes = () => {
  setServerClock(document.querySelector("[data-server-now]")?.getAttribute("data-server-now"));
  showTimes();
  setInterval(() => document.hidden || showTimes(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || showTimes());
  document.addEventListener("htmx:afterSettle", (event) => showTimes(/** @type {Element} */ (event.target)));
};
