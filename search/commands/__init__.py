"""Which library call does a command make, and how is its outcome told? (parse, one call, render)

The commands that a searcher does not need. Each is loaded when it is asked for: ELSEWHERE says where.
"""

ELSEWHERE = {
    "index": ("index", "Add, update and remove articles."),
}
"""Name of a command -> the module in this room that defines it under this name, and its short help."""
