// When the socket is down (R27): say so, ask the server at a pace set by the age of the runs, stop when it is back.
import { fill, isUnderWay, pollSeconds } from "./rules.js";
import { activeRowsShown, ledger } from "./ledger.js";
import { currentState, live, mustAsk } from "./realtime.js";
import { Unanswered } from "./server.js";
import { secondsBetween } from "./times.js";
import { refresh, summarise } from "./widget.js";

const widget = /** @type {HTMLElement} */ (document.getElementById("widget"));
const notice = /** @type {HTMLElement} */ (widget.querySelector('[data-slot="notice"]'));

/** @type {number|undefined} */
let timer;
/** When the next request is due, in milliseconds of the page's clock. */
let due = Infinity;
let unreachable = false;
let asking = false;

/** Seconds until the next question, or null for none: what waits for a person's decision is not waited for. */
const interval = () => pollSeconds(activeRowsShown().filter(isUnderWay).map((row) => secondsBetween(row.created_at)));

export const dialogIsOpen = () => document.querySelector("dialog[open], [role='dialog']:not([hidden])") !== null;

/** After how many milliseconds a live page repeats a request for missed changes that was not answered. */
const CATCH_UP = 5000;

/** Shows what the page does about the connection, and schedules the next request. */
const plan = () => {
  clearTimeout(timer);
  due = Infinity;
  const state = currentState();
  if (state === "refused" || state === "away") return say(state);
  if (!mustAsk()) return say(null);
  const seconds = interval();
  if (seconds === null) return say(state === "partial" ? null : "idle"); // the indicator says what is missing
  if (dialogIsOpen()) say("paused");
  else say(unreachable ? "unreachable" : state === "partial" ? "partial" : "polling", { seconds });
  // In a hidden tab or behind a dialog, the timer only checks whether that is over; it makes no request.
  if (document.hidden) return;
  due = Date.now() + seconds * 1000;
  timer = setTimeout(question, seconds * 1000);
};

/** A page that hears only a part was told of a run, but may not be told of its next change. */
const hasten = () => {
  const seconds = currentState() === "partial" ? interval() : null;
  if (seconds !== null && Date.now() + seconds * 1000 < due) plan();
};

const question = async () => {
  if (mustAsk() && !document.hidden && !dialogIsOpen()) await ask();
  plan();
};

/** Asks once; if no answer comes, the page says so. */
const ask = async () => {
  if (asking) return;
  asking = true;
  try {
    await refresh();
    unreachable = false;
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    unreachable = true;
  } finally {
    asking = false;
  }
};

/** @param {string|null} name  @param {Record<string, string|number>} [values] */
const say = (name, values = {}) => {
  const template = name && /** @type {HTMLTemplateElement|null} */ (widget.querySelector(`template[data-text="${name}"]`));
  const text = template ? fill(template.innerHTML, values) : "";
  if (notice.dataset.said !== text) {
    notice.dataset.said = text;
    notice.innerHTML = text; // our own template, filled with a number
  }
  notice.hidden = text === "";
  summarise();
};

/** A form on this page may have started a run that push does not announce. @param {Event} event */
const askAfterStart = async (event) => {
  const { requestConfig, successful } = /** @type {CustomEvent} */ (event).detail;
  if (!mustAsk() || !successful || requestConfig.verb === "get") return;
  await ask();
  plan();
};

/** Asks once for missed changes, and again if no answer came. */
const catchUp = async () => {
  await ask();
  plan();
  if (unreachable && currentState() === "live") setTimeout(catchUp, CATCH_UP * (0.5 + Math.random()));
};

export const startFallback = () => {
  live.addEventListener("state", plan);
  ledger.addEventListener("change", hasten);
  document.addEventListener("htmx:afterRequest", askAfterStart);
  live.addEventListener("resync", catchUp);
  document.addEventListener("visibilitychange", plan);
};
