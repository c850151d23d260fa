"""How much of an article a segment can hold."""

from search.analysis.tokens import Tokenizer
from search.article import Article
from search.columnar.inverting import MAX_POSITION
from search.errors import ArticleError
from search.schema import FIELDS


def refuse_too_long(article: Article) -> None:
    """Raise ArticleError for an article with more words than its segment can count."""
    texts = [getattr(article, text_field.name) for text_field in FIELDS]
    # A position takes a character at least; almost every article ends here.
    if sum(map(len, texts)) < MAX_POSITION - len(FIELDS):
        return
    positions = len(FIELDS)
    for text in texts:
        last = max(
            (token.position for token in Tokenizer(chinese_words=False).tokens(text)), default=-1
        )
        positions += last + 1
    if positions > MAX_POSITION:
        raise ArticleError(
            f"The article {article.id} has {positions:,} words, more than the {MAX_POSITION:,} that one"
            f" article can have; split it."
        )
