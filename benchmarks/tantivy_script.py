"""What somebody would write to ask tantivy from a shell: one query, ten hits with snippets, printed.

    python -m benchmarks.tantivy_script FOLDER QUERY

It imports only what it needs: rjieba, which takes its time to load, only for a query with Chinese in it.
"""

import re
import sys

import tantivy
from tantivy import Filter, Occur, Query, SnippetGenerator, TextAnalyzerBuilder, Tokenizer

_PARTS = re.compile(r"([\u4e00-\u9fff]+)|(\w+)")


def main() -> None:
    """Ask and print."""
    folder, line = sys.argv[1], " ".join(sys.argv[2:])
    index = tantivy.Index.open(folder)
    english = (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.lowercase())
        .filter(Filter.stemmer("english"))
        .build()
    )
    spaced = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).build()
    index.register_tokenizer("spaced", spaced)
    schema, searcher = index.schema, index.searcher()
    clauses = []
    for run, word in _PARTS.findall(line):
        if run:
            import rjieba

            tokens = rjieba.cut_for_search(run)
            clauses += [Query.term_query(schema, "summary", token) for token in tokens]
        else:
            stem = english.analyze(word)[0]
            forms = (("title", stem), ("summary", word.lower()), ("body", stem))
            fields = [(Occur.Should, Query.term_query(schema, *form)) for form in forms]
            clauses.append(Query.boolean_query(fields))
    query = Query.boolean_query([(Occur.Must, clause) for clause in clauses])
    found = searcher.search(query, limit=10)
    generators = [
        SnippetGenerator.create(searcher, query, schema, name) for name in ("body", "summary")
    ]
    print(f"{found.count} found")
    for _, address in found.hits:
        document = searcher.doc(address)
        print(document.get_first("id"), document.get_first("title"), document.get_first("source"))
        for generator in generators:
            print("   ", generator.snippet_from_doc(document).to_html())


if __name__ == "__main__":
    main()
