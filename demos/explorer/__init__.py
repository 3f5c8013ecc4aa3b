"""The explorer's page and the small server behind it.

Read in this order: `app` (what can be asked), `question` (how it is read), `answer` (the numbers), `picture` and
`ledger` (what is laid out once per expression, with a place for each number), `static/explorer.js` (the page).
"""
