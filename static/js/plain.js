// A page for someone who is not signed in: nothing is live here.
import { startForms } from "./forms.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startForms();
startToasts();
startTimes();
