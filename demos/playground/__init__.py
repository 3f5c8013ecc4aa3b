"""The playground: `scalar` and `viz`, unmodified, in a page that needs nothing installed.

What runs where:

- `command` and `build` run here. `python -m demos playground` builds the page from the files of `web/`, of the packages
  and of the npm packages in `web/package-lock.json`, and serves it; nothing that was built is committed. `npm` fetches
  the npm packages; `parts` says which of our files go into the page's Python.
- `inside/` runs in the page, by Pyodide, and nowhere imports it: its modules answer what the page asks. They are plain
  Python on the standard library, `scalar`, `viz` and a few modules of `demos`, so the tests call them here as well.
- `web/` is the page. `src/main.js` begins; `src/kernel.js` owns the worker in which Python runs; each file or folder of
  `src/views/` is a view, a tab of the page.

Who talks to whom. The page makes a frame without an origin (`web/frame.html`), and the frame a worker
(`src/worker.js`). Only the worker runs Python, and only there is a person's code. Frame and worker get their files from
the page, in memory, and are allowed no network, no storage and no look at the page: see docs/playground.md.

The protocol. A view calls a function of `inside/`, and gets a promise of what it returns:

    const answer = await kernel.call("program.run", { source, limit: 5 });   // demos/playground/inside/program.py: run

The function has the decorator `channel.answers`, takes keyword arguments as JSON has them, and returns what JSON can
hold; `channel.number` writes a float that may be infinite. One call is answered at a time, in the order of asking, so
work that goes on, such as a training, is asked for in short pieces. While it runs, a function may tell the page
something: `channel.say("progress", {...})` arrives at the listeners of `kernel.on("progress", listener)`. An exception
rejects the promise with an `Error` that has the exception's message. `kernel.call(name, arguments, {limit: 8000})`
starts the worker anew if there is no answer in as many milliseconds, and rejects with `error.stopped` true; whatever
Python remembered is gone then, and `kernel.on("restart", listener)` tells.

A view is a module that exports `{ name, title, mount(section, app) }`: `name` stands in the address, `title` on the
tab. `mount` is called when the view is first opened, with an empty `<section>` and the app, and returns an object with
any of

    show()          each time that the view is opened
    hide()          when another one is
    state()         what the address is to hold: a plain object of strings, numbers, booleans and lists of them
    open(state)     such an object from an address; unknown keys and wrong types are to be expected

`app.kernel` is the worker, `app.changed()` says that `state()` has changed, `app.dark()` whether the page is dark (an
event "twingrad-look" on `document` tells when that changes). `src/views/index.js` lists the views. What views share:
`src/dom.js` makes elements, `src/safe.js` turns the text of SVG and MathML into elements (nothing on the page is made
by joining strings of HTML), `src/player.js` shows a player's page in a frame of its own, `src/generated/` holds viz's
own scripts as modules: `window.js` (a picture that zooms and moves) and `nudge.js`. Colours are the variables of
`src/style.css`.

A second view, the training of a network: its files are `web/src/views/training/` (begins at `index.js`, with its CSS
beside it, imported from there) and `inside/training/` (a package); its calls are named "training.MODULE.FUNCTION" or
"training.FUNCTION". What it imports of `demos` beyond that stands in `parts.MODULES`.

Tests: tests/demos/playground/conftest.py builds the page once for all tests and opens it, served and as a single file:
the fixture `playground` gives a function that opens a page with a fragment of an address.
"""
