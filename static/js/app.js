// The page of a signed-in user. Order matters: first listeners, then the known rows, then the connection.
import { startBell } from "./bell.js";
import { startConnection } from "./connection.js";
import { startCopyButtons } from "./copy.js";
import { startFallback } from "./fallback.js";
import { startFilling } from "./filling.js";
import { startForms } from "./forms.js";
import { startLedger } from "./ledger.js";
import { startMenus } from "./menus.js";
import { connect } from "./realtime.js";
import { startReviewPacks } from "./review-packs.js";
import { startRunPage } from "./run-page.js";
import { startRunsList } from "./runs-list.js";
import { startSelections } from "./selection.js";
import { startStaleNotice } from "./stale.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startWidget } from "./widget.js";

startForms();
startToasts();
startCopyButtons();
startTimes();
startMenus();
startConnection();
startWidget();
startSelections();
startRunPage();
startStaleNotice();
startBell();
startFallback();
startLedger();
// After the known rows, because only later changes are news to these.
startRunsList();
startReviewPacks();
startFilling();
connect();
