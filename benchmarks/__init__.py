"""How fast is duowen, beside the engines a user would pick instead?

In: the same articles, fields and questions for all. Out: a run in runs/, with its ratios, targets and
losses. It knows duowen only from outside: the public API of `search`, and the command line
as a process.
"""
