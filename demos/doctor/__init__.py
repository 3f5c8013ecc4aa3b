"""`python -m demos doctor`: how fast this machine multiplies matrices, and the one setting that would help most.

Read the files in this order: `limits` (what the system allows), `measures` (what a fresh process reaches), `settings`
(what could be changed), `report` (what is said).
"""
