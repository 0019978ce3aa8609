import { render } from "preact";
import { Frame } from "./app/frame.tsx";
import { startRouter } from "./app/router.tsx";
import { boot } from "./app/session.ts";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/forms.css";
import "./styles/run.css";
import "./styles/headline.css";
import "./styles/report.css";
import "./styles/print.css";

startRouter();
const root = document.getElementById("app");
if (root) render(<Frame />, root);
void boot();
