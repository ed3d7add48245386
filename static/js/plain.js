// A page for visitors who are not signed in: nothing is live here.
import { startAgain } from "./again.js";
import { startForms } from "./forms.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startForms();
startToasts();
startTimes();
startAgain();
