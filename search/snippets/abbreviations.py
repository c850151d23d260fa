"""What a full stop after a word means, in English news: tables of words, in small letters."""

_TITLES = """adm capt cf cmdr col cpl dr e.g eg fr gen gov hon i.e lt maj messrs mr mrs ms mt
pres prof rep reps rev sen sens sgt supt viz vs"""

_SHORTENED = """al approx apr assn aug ave blvd bros cie co corp dec dept dist ed est etc ex feb
fig figs ft inc jan jr jul jun ltd mar no nos nov oct op para plc pp pty rd sec
sep sept sr st univ vol yr yrs"""

_BEGINNERS = """a after all also although among an analysts and another any as asked at because
before both but by despite during each even every first for from he her here his
how however i if in instead it its last later many meanwhile more most my nearly
not now officials on once one only other our over shares she since so some still
such that the their then there these they this those though to two under until we
what when where whether which while who why with without yet you your"""

TITLES = frozenset(_TITLES.split())
"""After these a sentence never ends."""

SHORTENED = frozenset(_SHORTENED.split())
"""After these, and after acronyms and initials, it ends only before a word of BEGINNERS."""

LONGEST_SHORTENED = 8
"""Characters before a full stop in which all of these can be seen."""

BEGINNERS = frozenset(_BEGINNERS.split())
"""Words that are written with a capital only where a sentence begins."""
