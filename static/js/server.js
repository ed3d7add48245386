// Fetches fragments from the server, and recognises the answer to a signed-out user.
import { signedOut } from "./realtime.js";

/** Raised if the server could not answer; the page says so and stays as it is. */
export class Unanswered extends Error {}

/**
 * Fetches a fragment of a page. Null if the reader may not see it (any more).
 * @param {string} url
 * @returns {Promise<DocumentFragment|null>}
 */
export const fetchFragment = async (url) => {
  const { response, text } = await ask(url);
  if (response.status === 401 || response.headers.has("HX-Redirect") || response.redirected) {
    signedOut();
    return null;
  }
  if (response.status === 403 || response.status === 404) return null;
  if (!response.ok) throw new Unanswered(`${response.status} ${url}`);
  const template = document.createElement("template");
  template.innerHTML = text;
  return template.content;
};

/** How long an answer may take, in milliseconds; on a network that drops everything it would never come. */
const PATIENCE = 10000;

/** @param {string} url */
const ask = async (url) => {
  const headers = { "HX-Request": "true", Accept: "text/html" };
  try {
    const response = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    return { response, text: await response.text() };
  } catch (error) {
    throw new Unanswered(String(error));
  }
};

/** Sends a small change whose answer does not matter, even while the page is being left. @param {string} url */
export const post = (url) =>
  fetch(url, { method: "POST", keepalive: true, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" } })
    .catch(() => undefined); // what was not marked stays unread, so nothing is lost

const csrfToken = () => document.querySelector("input[name='csrf_token']")?.getAttribute("value") ?? "";
