// Reloads a page that could not be shown, after growing pauses, as soon as the server answers again.

/** In milliseconds. The pause grows, because an outage that has lasted a while may last longer. */
const FIRST = 5000;
const LONGEST = 60000;
const GROWTH = 1.5;

/** No answer at all, or a temporary error. */
const TOO_SOON = new Set([0, 429, 502, 503, 504]);

/** Random, so that pages that failed together do not come back together. @param {number} tries */
const pause = (tries) =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.min(LONGEST, FIRST * GROWTH ** tries) * (0.8 + 0.4 * Math.random()));
  });

/** Resolves once the page is visible. */
const looked = () =>
  new Promise((resolve) => {
    if (!document.hidden) resolve(undefined);
    else document.addEventListener("visibilitychange", resolve, { once: true });
  });

const isTooSoon = async () => {
  const status = await fetch(location.href, { method: "HEAD", cache: "no-store" }).then(
    (response) => response.status,
    () => 0,
  );
  return TOO_SOON.has(status);
};

export const startAgain = async () => {
  if (!document.querySelector("[data-try-again]")) return;
  let tries = 0;
  do {
    await pause(tries++);
    await looked();
  } while (await isTooSoon());
  location.reload();
};
