"""Which library call does a command make, and how is its outcome told? (parse, one call, render)

A search as most are needs no click: plain.py. All other lines are read by click, from program.py on;
commands that a searcher does not need are loaded when they are asked for: ELSEWHERE says where.
"""

SEARCHING = ("search", "show", "stats")
"""The commands of searchers, defined in program.py."""

ELSEWHERE = {
    "index": ("index", "Add, update and remove articles."),
    "watch": ("watch", "Run duowen index again and again."),
    "schedule": (
        "schedule",
        "Print a timer for systemd, or lines for cron.",
    ),
    "saved": ("saved", "Keep searches that tell of new articles."),
    "generations": ("upkeep", "List the generations that are kept."),
    "diff": ("upkeep", "Tell what generation B has that A has not."),
    "rollback": ("upkeep", "Search another generation from now on, at once."),
    "check": ("upkeep", "Look for damage in all generations that are kept."),
    "repair": ("upkeep", "Make a damaged index sound again."),
    "migrate": ("migrate", "Move the index to another engine."),
}
"""Name of a command -> the module in this room that defines it under this name, and its short help."""
