"""Which engines are compared? One file for each, all behind the Protocol in port.py.

In: a JSONL file of articles, then questions. Out: ids, titles and snippets.
A peer knows nothing of the others, nor of how it is measured.
"""
