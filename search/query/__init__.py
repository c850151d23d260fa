"""Here is what someone typed, what do they mean?

In: a line of text. Out: a Plan, which every engine can carry out. This room knows no index; the one
thing it asks of it is how many articles hold a Chinese word. Any input parses: what cannot be
understood becomes a warning.

docs/query-language.md is the language; lexer.py and parser.py read it into nodes, fields.py names its
fields, filters.py and periods.py read filters and dates, remarks.py gathers the warnings, phrasing.py
and segmenting.py cut chunks and Han runs into words, planning.py makes of nodes the plan, of which
plan.py is the vocabulary.
"""
