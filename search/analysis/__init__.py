"""Here is text, give me tokens with their places.

In: any text, English, Chinese or both in one line. Out: tokens, each with its term, its position and
the span of the original text it came from. This room knows neither articles nor indexes.

Invariants
    - Offsets always refer to the original text; every fold that comes first is one character to one.
    - Positions are honest and consecutive: a word takes one, a Han character takes one.
    - The same code cuts documents and queries.
    - Nothing is removed: there are no stop words.
    - Routing is by script, run by run, never by field.

Terms live in one name space, told apart by their first character:
    minister      a word as written, folded in case and accents (the exact form)
    ~minist       what is common to the inflections of a word (the stem)
    US            the acronym, as against `us`, for the few words where the difference matters
    卫   卫星     one and two neighbouring Han characters: they decide what matches
    =卫星         a Chinese word at its own boundaries: it decides what ranks higher
"""
