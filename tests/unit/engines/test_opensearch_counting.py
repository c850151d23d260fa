"""Counts are asked for together, once, and remembered."""

from search.engines.opensearch_counting import Counter
from search.query.segmenting import cut

COUNTS = {"=卫星": 5, "=发射": 7, "=人造": 2, "=人造卫星": 3}


def test_a_run_is_cut_with_one_question():
    asked = []

    def count_all(queries):
        asked.append(len(queries))
        return [COUNTS.get(query["term"]["words"]["value"], 0) for query in queries]

    counter = Counter(count_all, dict)
    assert cut("发射人造卫星", counter.count_word) == ["发射", "人造卫星"]
    assert asked == [21]
    assert cut("人造卫星", counter.count_word) == ["人造卫星"]
    assert counter.count_word("发射") == 7
    assert asked == [21]
    long = "卫星" * 10
    assert "".join(cut(long, counter.count_word)) == long
    assert len(asked) == 2
