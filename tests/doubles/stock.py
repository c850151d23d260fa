"""A stock Whoosh index of the same articles: what Whoosh itself answers, kept in memory."""

from whoosh.filedb.filestore import RamStorage

from search.codec.reader import schema
from search.schema import keyword


def stock_index(articles):
    """Index articles by Whoosh's own writer and codec, in our fields but `text`."""
    fields = schema()
    fields.remove("text")
    index = RamStorage().create_index(fields)
    with index.writer() as writer:
        for article in articles:
            writer.add_document(**document(article))
    return index


def document(article):
    texts = {name: getattr(article, name) for name in ("title", "summary", "body", "caption")}
    values = {
        "id": article.id,
        "source": keyword(article.source),
        "tags": ",".join(map(keyword, article.tags)),
        "published": article.published and article.published.replace(microsecond=0),
        "url": article.url,
        "path": article.path,
    }
    return {name: value for name, value in {**texts, **values}.items() if value}
