// The one connection of a page: run events in, state of the connection out. Nothing else talks to the socket.
import { io } from "../vendor/socket.io.esm.min.js";

/** @typedef {"connecting"|"live"|"partial"|"down"|"refused"} State */

/** Events: "run" (detail: RunRow), "notification", "state" (detail: State), "resync". */
export const live = new EventTarget();

/** How long a connection may take before the page calls itself not live, in milliseconds. */
const GRACE = 2000;
/** Waits before asking again after the server refused, in milliseconds; the last one stays. */
const REFUSED_WAITS = [1000, 5000, 30000];

/** @type {State} */
let state = "connecting";
let refusals = 0;
let leaving = false;
/** @type {number|undefined} */
let graceTimer;

export const currentState = () => state;

/** Whether what is pushed is all that happens; the server says so with every page and fragment. */
let hearsAll = document.getElementById("connection")?.dataset.push !== "some";

/** Whether the page has to ask because push tells it nothing, or not everything. */
export const mustAsk = () => state === "down" || state === "partial";

/** @param {boolean} all */
export const noteReach = (all) => {
  hearsAll = all;
  if (state === "live" || state === "partial") become(connected());
};

/** @returns {State} */
const connected = () => (hearsAll ? "live" : "partial");

/** @param {string} type  @param {unknown} [detail] */
export const announce = (type, detail) => live.dispatchEvent(new CustomEvent(type, { detail }));

/** Whoever finds out that the session has ended says so here. */
export const signedOut = () => become("refused");

/** @param {State} next */
const become = (next) => {
  clearTimeout(graceTimer);
  if (next === state || leaving) return;
  state = next;
  announce("state", state);
};

const missing = () => {
  if (state === "refused" || leaving) return;
  clearTimeout(graceTimer);
  graceTimer = setTimeout(() => become("down"), state === "down" ? 0 : GRACE);
};

export const connect = () => {
  const socket = io({ transports: ["websocket"], timeout: 8000, reconnectionDelay: 500, reconnectionDelayMax: 5000 });

  socket.on("connect", () => {
    refusals = 0;
    become(connected());
    announce("resync");
  });
  socket.on("disconnect", (reason) => {
    missing();
    // The server ends a socket whose rights changed; a new one gets the rooms that are still allowed.
    if (reason === "io server disconnect") socket.connect();
  });
  socket.on("connect_error", () => {
    missing();
    if (socket.active) return; // the client tries again by itself
    become("refused");
    const wait = REFUSED_WAITS[Math.min(refusals, REFUSED_WAITS.length - 1)];
    refusals += 1;
    setTimeout(() => socket.connect(), wait);
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
