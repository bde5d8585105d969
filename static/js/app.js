/* Everything a signed-in page adds to plain HTML. Each module stands alone. */
import "./forms.js";
import "./keys.js";
import "./live.js";
import "./palette.js";
import "./rows.js";
import "./toasts.js";
import "./clocks.js";
import "./waiting.js";
