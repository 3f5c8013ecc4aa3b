// The views, in the order of their tabs: see demos/playground/__init__.py for what a view is.

import * as code from "./code/index.js";
import * as expression from "./expression/index.js";
import * as training from "./training/index.js";

export const views = [code, expression, training];
