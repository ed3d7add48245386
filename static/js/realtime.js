// The page's only connection: run events in, connection state out. Nothing else uses the socket.
import { io } from "../vendor/socket.io.esm.min.js";
import { noteHeard } from "./times.js";

/** @typedef {"connecting"|"live"|"partial"|"down"|"away"|"refused"} State  away: the server has no database */

/** Events: "run" (detail: RunRow), "notification", "state" (detail: State), "resync". */
export const live = new EventTarget();

/** How long a connection may take before the page says that it is not live, in milliseconds. */
const GRACE = 2000;
/** Waits before connecting again after a refusal, in milliseconds; the last one repeats. */
const REFUSED_WAITS = [1000, 5000, 30000];
/** The same while the server has no database; randomised, so that not all browsers come back at once. */
const AWAY_WAITS = [2000, 4000, 8000];

/** @type {State} */
let state = "connecting";
let refusals = 0;
let leaving = false;
/** Whether there is no gap in what was received: after a reconnect, only once the missed changes were read. */
let isCaughtUp = false;
/** @type {number|undefined} */
let graceTimer;

export const currentState = () => state;

/** Whether push tells of everything that happens; the server says so with every page and fragment. */
let hearsAll = document.getElementById("connection")?.dataset.push !== "some";

/** Whether the page must poll, because push tells it nothing or not everything. Without a database nobody can answer. */
export const mustAsk = () => state === "down" || state === "partial";

/** Whether something may happen that the page learns late or not at all. */
export const mayMiss = () => mustAsk() || state === "away";

/** Called after the server has answered with the current state. @param {boolean} all  whether push tells of all that follows */
export const noteReach = (all) => {
  hearsAll = all;
  isCaughtUp = true;
  if (state === "live" || state === "partial") become(connected());
};

/** @returns {State} */
const connected = () => (hearsAll ? "live" : "partial");

/** @param {string} type  @param {unknown} [detail] */
export const announce = (type, detail) => live.dispatchEvent(new CustomEvent(type, { detail }));

/** Called by whoever finds out that the session has ended. */
export const signedOut = () => become("refused");

/** @param {State} next */
const become = (next) => {
  clearTimeout(graceTimer);
  graceTimer = undefined;
  if (next === state || leaving) return;
  state = next;
  announce("state", state);
};

const missing = () => {
  isCaughtUp = false;
  if (state === "refused" || leaving) return;
  // Counted from the moment of the cut, however often the page tries to connect meanwhile.
  graceTimer ??= setTimeout(() => become("down"), state === "down" ? 0 : GRACE);
};

/** The server is alive, and everything that it had sent before has arrived. */
const hear = () => { if (isCaughtUp) noteHeard(); };

/** Whether the server refused because it has no database. @param {Error & {data?: {away?: string}}} error */
const isAway = (error) => error.data?.away === "database";

export const connect = () => {
  const socket = io({ transports: ["websocket"], timeout: 8000, reconnectionDelay: 500, reconnectionDelayMax: 5000 });

  socket.io.on("ping", hear);
  socket.onAny(hear);
  socket.on("connect", () => {
    refusals = 0;
    isCaughtUp = false;
    become(connected());
    announce("resync");
  });
  socket.on("disconnect", (reason) => {
    missing();
    // The server ends a socket whose rights changed; a new one joins the rooms that are still allowed.
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", (error) => {
    missing();
    if (socket.active) return; // the client tries again by itself
    const away = isAway(error);
    become(away ? "away" : "refused");
    const waits = away ? AWAY_WAITS : REFUSED_WAITS;
    const wait = waits[Math.min(refusals, waits.length - 1)];
    refusals += 1;
    setTimeout(() => socket.connect(), away ? wait * (0.5 + Math.random()) : wait);
  });
  for (const event of ["run-enqueued", "run-progress", "run-completed"]) {
    socket.on(event, (row) => announce("run", row));
  }
  socket.on("notification-created", (notification) => announce("notification", notification));

  graceTimer = setTimeout(() => become("down"), GRACE);
  addEventListener("pagehide", () => { leaving = true; });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    socket.connect();
  });
};
