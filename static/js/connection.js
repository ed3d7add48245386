// The indicator in the top bar that says whether the page is live.
import { currentState, live } from "./realtime.js";
import { dropOffline } from "./toasts.js";

export const startConnection = () => {
  const indicator = document.getElementById("connection");
  if (!indicator) return;
  const show = () => { indicator.dataset.state = currentState(); };
  live.addEventListener("state", show);
  live.addEventListener("resync", dropOffline);
  show();
};
