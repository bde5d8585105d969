/* What a guest's page adds to plain HTML. */
import "./forms.js";
