// Pure rules of what a page shows: no document and no network, so that each can be tested on its own.

/**
 * The widget row of a run as the server sends it (R24).
 * @typedef {object} RunRow
 * @property {number} run_id
 * @property {number} revision  grows with every change of the run
 * @property {number|null} tenant_id
 * @property {number|null} workspace_id
 * @property {string} label
 * @property {string} type
 * @property {string} status  queued, running, completed, partial, failed, cancelled or unknown
 * @property {number|null} percent
 * @property {Record<string, number>} counts
 * @property {string} initiator
 * @property {string|null} started_at
 * @property {string} created_at
 * @property {string|null} completed_at
 * @property {number|null} eta_seconds
 * @property {string} url
 * @property {boolean} [awaits_decision]  there and true while a person has to decide before anything is done; its status is queued
 * @property {string} [heartbeat_at]  there while it runs: the last heartbeat of its worker
 * @property {boolean} [heartbeat]  there and true where nothing but the heartbeat is new
 */

const ACTIVE = new Set(["queued", "running"]);

/** Unknown statuses count as not active (R27). @param {{status: string}} row */
export const isActive = (row) => ACTIVE.has(row.status);

/** Whether a person has to decide before anything is done. @param {{status: string, awaits_decision?: boolean}} row */
export const isAwaiting = (row) => row.status === "queued" && row.awaits_decision === true;

/** Whether a worker has it, or will: what waits for a person stands still. @param {{status: string, awaits_decision?: boolean}} row */
export const isUnderWay = (row) => isActive(row) && !isAwaiting(row);

/** The word of its badge. @param {{status: string, awaits_decision?: boolean}} row */
export const stateOf = (row) => (isAwaiting(row) ? "awaiting" : row.status);

/**
 * How serious it is that a run has stalled: after how many seconds without a heartbeat, by what words, in which colour.
 * @typedef {Record<"warning"|"danger", {after: number, label: string, tone: string}>} StallLevels
 */

/**
 * How seriously a run had stalled at a moment, in milliseconds; null when it had not (R48).
 * @param {RunRow} row  @param {number} at  @param {StallLevels} levels
 * @returns {"warning"|"danger"|null}
 */
export const stallLevelOf = (row, at, levels) => {
  if (row.status !== "running" || !row.heartbeat_at) return null;
  const age = (at - Date.parse(row.heartbeat_at)) / 1000;
  if (!(age >= levels.warning.after)) return null;
  return age > levels.danger.after ? "danger" : "warning";
};

/** @param {string|null} moment @param {string} since */
const isAfter = (moment, since) => moment !== null && Date.parse(moment) > Date.parse(since);

/**
 * By how much a row that arrives changes the number of runs under way, which was right at `since` (the server's time).
 * A run of which this page had not heard was counted then if it existed and had not ended.
 * @param {RunRow} row @param {RunRow|undefined} before @param {string} since
 */
export const underWayMove = (row, before, since) => {
  if (before) return Number(isUnderWay(row)) - Number(isUnderWay(before));
  if (isActive(row)) return Number(isUnderWay(row) && isAfter(row.created_at, since));
  return !isAfter(row.created_at, since) && isAfter(row.completed_at, since) ? -1 : 0;
};

/**
 * The same for the number of those that wait for a decision. An end of which this page hears first was rather one of a
 * run under way.
 * @param {RunRow} row @param {RunRow|undefined} before @param {string} since
 */
export const awaitingMove = (row, before, since) =>
  before ? Number(isAwaiting(row)) - Number(isAwaiting(before)) : Number(isAwaiting(row) && isAfter(row.created_at, since));

/**
 * How long to wait before asking again while the socket is down, in seconds, by the ages of the runs under way (R27).
 * Null when there is nothing to wait for. The youngest run decides: it is the one that changes soonest.
 * @param {number[]} ages  seconds since each of them was created
 */
export const pollSeconds = (ages) => {
  const known = ages.filter(Number.isFinite);
  if (known.length === 0) return null;
  const youngest = Math.max(0, Math.min(...known));
  if (youngest < 10) return 1;
  return youngest < 60 ? 5 : 10;
};

/**
 * How long to wait before asking for a review pack again while the socket is down, in seconds (R27, R46).
 * Null if there is nothing to wait for: it is ready, failed, expired, missing or of an unknown status.
 * @param {string|undefined} status
 */
export const packSeconds = (status) => (status === "queued" || status === "generating" ? 10 : null);

/**
 * Which of two active runs the widget prefers if it has no room for both (R26): one that runs, else the newer one.
 * @param {RunRow} row  @param {RunRow} other
 */
export const outranks = (row, other) =>
  (row.status === "running") === (other.status === "running") ? row.run_id > other.run_id : row.status === "running";

/** A percentage that a bar can show, or null if it is unknown. @param {unknown} value */
export const clampPercent = (value) =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(100, Math.max(0, Math.round(value))) : null;

/**
 * Whether an arriving row is news: late rows are ignored, and an end is final.
 * @param {RunRow|undefined} known  @param {RunRow} arriving
 */
export const isNews = (known, arriving) => {
  if (known === undefined) return true;
  if (!isActive(known) && isActive(arriving)) return false;
  return arriving.revision > known.revision;
};

/** "0:05", "12:34", "1:02:03" or "–"; this format needs no translation. @param {number} seconds */
export const clock = (seconds) => {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/**
 * The whole units between now and a time, for Intl.RelativeTimeFormat.
 * @param {number} seconds  negative for the past
 * @returns {[number, Intl.RelativeTimeFormatUnit]}
 */
export const relativeParts = (seconds) => {
  const size = Math.abs(seconds);
  const [unit, length] = UNITS.find(([, unitLength]) => size >= unitLength) ?? UNITS[UNITS.length - 1];
  return [Math.trunc(seconds / length), unit];
};

/**
 * Fills "{name}" in a translated text. @param {string} text  @param {Record<string, string|number>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/**
 * Whether a new run belongs to the list on screen, as far as its event can tell (R32).
 * @param {RunRow} row  @param {Record<string, string>} filter  the list's query, empty values left out
 */
export const matchesFilter = (row, filter) => {
  const search = (filter.q ?? "").trim().toLowerCase();
  const found = search === "" || String(row.run_id) === search.replace(/^#/, "") || row.label.toLowerCase().includes(search);
  const same = (/** @type {string} */ name, /** @type {unknown} */ value) => !filter[name] || filter[name] === String(value);
  return found && !filter.until && same("tenant", row.tenant_id ?? "none") && same("type", row.type) && same("initiator", row.initiator)
    && same("state", stateOf(row)) && same("status", row.status) && same("outcome", "pending");
};

/**
 * Which states to count up and down in the list's filter when a run changes (R32); null if the page cannot know, and so
 * must not show a number.
 * @param {RunRow} row  @param {RunRow|undefined} before  what the page knew of the run
 * @param {Record<string, string>} filter  @param {string} since  when the numbers were counted, ISO 8601
 * @returns {{up: string[], down: string[]}|null}
 */
export const recount = (row, before, filter, since) => {
  const { state: _state, ...others } = filter;
  const [now, then] = [stateOf(row), before && stateOf(before)];
  if (then === now) return { up: [], down: [] };
  if (others.status || others.outcome) return null;
  if (!matchesFilter(row, others)) return { up: [], down: [] };
  if (then) return { up: [now], down: [then] };
  return isAfter(row.created_at, since) ? { up: [now], down: [] } : null;
};
