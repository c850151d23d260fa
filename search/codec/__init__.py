"""Here is a segment, how does Whoosh read it?

In: one generation of columnar segments. Out: a stock Whoosh searcher over it, so that every query type,
facet and tool of Whoosh works on our index. It reads only: the one writer of an index is the engine's.
Terms, positions and fields are those that search/engines/whoosh_schema.py describes, and `text`: all
text as one field.
"""
