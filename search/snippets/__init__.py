"""Here is a stored article and a plan, which passages answer, and where in them?

In: an Article and the leaves of a plan that are to be lit. Out: verbatim slices of the article's fields
with spans, never marked text: how a span is shown is up to whoever shows it. This room knows no index;
every engine's hits are lit by it, so all engines mark alike.
"""
