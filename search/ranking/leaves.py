"""One leaf of a plan in one segment: which documents may hold it, how often, field by field.

T, the weighed frequency, is bm25f.py's. What cannot be told from counts alone (phrases, exact forms,
words at their own boundaries) is looked at only in the documents that can still be among the best.
"""

from collections.abc import Iterable

import numpy as np

from search.columnar.impacts import Norms
from search.columnar.layout import Array
from search.columnar.pages import PAGE_BITS
from search.ranking import bits, gains
from search.ranking.batch import Batch
from search.ranking.gains import HIGHEST, Gains, least
from search.ranking.phrases import Element, lists, starts
from search.ranking.postings import UNBOUNDED, DocumentList, PostingList
from search.ranking.profile import RankingProfile
from search.ranking.view import View
from search.schema import FIELD_NUMBERS, FIELDS


class Found:
    """A leaf that is in a document or not: T is one or nothing.

    All of its `members` hold it if it is `exact`, and most of them or so if it is `tight`. Bounds need
    counts of `lists`; scores need those of `counted`, tokens of those that are `tokens`, and their forms
    of those that are `formed`. `decoded` is what it adds in each document, where that is known.
    """

    exact = True
    tight = True
    decoded: Gains | None = None
    lists: tuple[PostingList, ...] = ()
    counted: tuple[PostingList, ...] = ()
    tokens: tuple[PostingList, ...] = ()
    formed: tuple[PostingList, ...] = ()

    def __init__(self, view: View, members: Array) -> None:
        self.view = view
        self._members = members

    @property
    def holders(self) -> tuple[DocumentList, ...]:
        """Lists that hold all of its members."""
        return ()

    def members(self) -> Array:
        """Return the set of documents that may hold it."""
        return self._members

    def gains(self) -> Gains | None:
        """Return what it adds in each document, where that was decoded, or is to be now."""
        return None

    def page_gains(self) -> Array:
        """Return how large T / (k1 + T) can be, in each page."""
        peaks = self.peaks()
        return peaks / (peaks + self.view.profile.k1)

    def peaks(self) -> Array:
        """Return how large T can be, in each page."""
        return (self._members != 0).astype(float)

    def gain_at_most(self, batch: Batch) -> Array:
        """Return how large T / (k1 + T) can be, in each document of a batch."""
        frequencies = self.at_most(batch)
        return frequencies / (frequencies + self.view.profile.k1)

    def at_most(self, batch: Batch) -> Array:
        """Return how large T can be, in each document of a batch: T itself, where that is as cheap."""
        return self.frequencies(batch)

    def frequencies(self, batch: Batch) -> Array:
        """Return T in each document of a batch, 0 where the leaf is not."""
        return batch.flags(self._members).astype(float)

    def holds(self, batch: Batch) -> Array:
        """Flag the documents of a batch with the leaf: a T of 0 may be one that counts nothing."""
        return batch.flags(self._members)


class Group(Found):
    """A leaf that is one posting list: a word with its inflections, or a pair of characters.

    Occurrences that are not as typed count less by the share `loss`. Which are, is told by the `forms`
    of tokens, or by another list, that of the `word` at its own boundaries; by neither where all are
    alike, and then `loss` is nothing, or holds for all.
    """

    def __init__(  # noqa: PLR0913
        self,
        view: View,
        postings: PostingList,
        field: int | None,
        loss: float,
        forms: Array | None = None,
        word: PostingList | None = None,
    ) -> None:
        super().__init__(view, postings.bits)
        self._postings = postings
        self._field = field
        self._loss = loss
        self._forms = forms
        self._word = word
        self._is_known = False
        self.exact = field is None
        self.lists = self.counted = (postings,) if word is None else (postings, word)
        self.formed = () if forms is None else (postings,)

    @property
    def holders(self) -> tuple[DocumentList, ...]:
        """The list itself."""
        return (self._postings,)

    def gains(self) -> Gains | None:
        """Return what it adds in each document, from the second time on that it is asked for."""
        if self.decoded is None and self._is_known and gains.fit(self._postings.size, self.view):
            self.decoded = gains.of_list(
                self._postings, self.frequencies, self.view, with_ceilings=self._field is None
            )
        self._is_known = True
        return self.decoded

    def peaks(self) -> Array:
        """Return a bound of T: of the word, or as if all occurrences were as typed."""
        peaks = self._postings.peaks
        if self._word is not None:
            closer = np.minimum(peaks, self._word.peaks)
            return peaks * (1 - self._loss) + closer * self._loss
        return peaks * (1 - self._loss) if self._loss and not self._is_told() else peaks

    def at_most(self, batch: Batch) -> Array:
        """Return T as if all occurrences were as typed, unless none can be."""
        loose = batch.frequencies(self._postings, self._field)
        return loose * (1 - self._loss) if self._loss and not self._is_told() else loose

    def frequencies(self, batch: Batch) -> Array:
        """Return the weighed sums of the counts, the looser occurrences reduced."""
        loose = batch.frequencies(self._postings, self._field)
        if not self._loss:
            return loose
        loose = loose * (1 - self._loss)
        if self._word is not None:
            loose += batch.frequencies(self._word, self._field) * self._loss
        elif self._forms is not None:
            close = self._forms.take(batch.forms(self._postings))
            keys = batch.keys(self._postings)[close]
            loose += batch.weighed(keys, self._field) * self._loss
        return loose

    def holds(self, batch: Batch) -> Array:
        """Flag those with the word, in the field."""
        if self._field is None:
            return super().holds(batch)
        flags: Array = batch.counts(self._postings)[:, self._field] > 0
        return flags

    def _is_told(self) -> bool:
        return self._forms is not None or self._word is not None


class Standing(Found):
    """A leaf of several parts at consecutive positions, or of exact forms: it must be looked for.

    Where it is a word's characters (`loss` says so), occurrences that are not the `word` at its own
    boundaries count less by that share. Where there is such a word, it is a term as others are, and is
    decoded like them; a phrase is looked for anew each time.
    """

    def __init__(  # noqa: PLR0913
        self,
        view: View,
        parts: list[Element],
        field: int | None,
        loss: float = 0.0,
        word: PostingList | None = None,
        *,
        is_run: bool = False,
    ) -> None:
        self.view = view
        self._parts = parts
        self._field = field
        self._loss = loss
        self._word = word
        self._is_known = False
        self.exact = False
        self.tight = is_run
        self.tokens = lists(parts)
        self.counted = () if word is None else (word,)
        self.lists = (*self.tokens, *self.counted)

    @property
    def holders(self) -> tuple[DocumentList, ...]:
        """The lists of all parts; what was decoded may be less than what another search began with."""
        return self.tokens

    def members(self) -> Array:
        """Return the set of documents with all parts; made anew, as that is quick and sets are large."""
        if self.decoded is not None:
            return self.decoded.documents.bits
        members = self._parts[0].postings.bits
        for part in self._parts[1:]:
            members = members & part.postings.bits
        return members

    def gains(self) -> Gains | None:
        """Return what a word of three characters or more adds, from the second time on.

        Of a phrase only what bounds its parts is decoded then.
        """
        if self.decoded is not None or not self._is_known:
            self._is_known = True
            return self.decoded
        if self._word is None:
            for postings in self.tokens:
                gains.bound(postings, self.view)
        elif gains.fit(self._parts[0].postings.size, self.view):
            self.decoded = gains.of_found(self.members(), self.holds, self.frequencies, self.view)
            self.exact = True
        return self.decoded

    def page_gains(self) -> Array:
        """Return a bound of T / (k1 + T), of which a phrase has no more than any part of it."""
        if self._loss or len(self.tokens) < len(self._parts):
            return super().page_gains()
        return least([postings.page_ceilings for postings in self.tokens])

    def peaks(self) -> Array:
        """Return a bound of T: a phrase stands nowhere more often than any part of it."""
        peaks = np.where(self.members(), UNBOUNDED, 0.0)
        for postings in self.tokens:
            np.minimum(peaks, postings.peaks, out=peaks)
        return self._without_word(peaks)

    def gain_at_most(self, batch: Batch) -> Array:
        """Return a bound of T / (k1 + T), of which a phrase has no more than any part of it."""
        bounded = [(own.ceilings, own) for own in self.tokens if own.ceilings is not None]
        if self._loss or len(bounded) < len(self._parts):
            return super().gain_at_most(batch)
        return least([batch.taken(ceilings, own) for ceilings, own in bounded]) / HIGHEST

    def at_most(self, batch: Batch) -> Array:
        """Return a bound of T: a phrase stands in no field more often than any part."""
        if not self.tokens:
            return np.full(len(batch), UNBOUNDED)
        batch.read(self.tokens)
        counts = batch.counts(self.tokens[0])
        for postings in self.tokens[1:]:
            counts = np.minimum(counts, batch.counts(postings))
        if self._field is not None:
            return self._without_word(counts[:, self._field] * batch.per_token[:, self._field])
        return self._without_word(np.einsum("pf,pf->p", counts, batch.per_token))

    def frequencies(self, batch: Batch) -> Array:
        """Return the weighed sum of the occurrences, by their positions."""
        found = batch.weighed(self._starts(batch), self._field)
        if self._word is None:
            return self._without_word(found)
        closer = batch.frequencies(self._word, self._field) * (found > 0)
        return found * (1 - self._loss) + closer * self._loss

    def holds(self, batch: Batch) -> Array:
        """Flag those in which all parts stand at their positions, in the field."""
        return batch.holding(self._starts(batch), self._field)

    def _starts(self, batch: Batch) -> Array:
        """Return where it stands in a batch: looked for once, to score and to match."""
        known = batch.standing.get(self)
        if known is None:
            known = batch.standing[self] = starts(self._parts, batch)
        return known

    def _without_word(self, bounds: Array) -> Array:
        return bounds * (1 - self._loss) if self._loss and self._word is None else bounds


class Character(Found):
    """One Han character: it counts once wherever it stands, and as often as it is a word by itself."""

    def __init__(
        self, view: View, members: Array, field: int | None, word: PostingList | None
    ) -> None:
        super().__init__(view, members)
        self._field = field
        self._word = word
        self.lists = self.counted = () if word is None else (word,)
        self._loss = view.profile.at_boundaries

    def peaks(self) -> Array:
        """Return what being there counts, and the bound of the word."""
        there = super().peaks() * (1 - self._loss)
        return there if self._word is None else there + self._word.peaks * self._loss

    def frequencies(self, batch: Batch) -> Array:
        """Return the share for being there, and the weighed counts of the word."""
        there = batch.flags(self._members).astype(float)
        if self._word is None:
            return there * (1 - self._loss)
        counted = batch.frequencies(self._word, self._field)
        return there * (1 - self._loss + counted * self._loss)


class Expanded(Found):
    """A prefix or a fuzzy word: T is known of all the `documents` that hold one of its words."""

    def __init__(self, view: View, documents: Array, frequencies: Array) -> None:
        super().__init__(view, bits.of_documents(documents, view.count))
        self._documents, self._frequencies = documents.astype(np.int32), frequencies
        view.kept_with(self._documents.nbytes + frequencies.nbytes)

    def peaks(self) -> Array:
        """Return the greatest T in each page."""
        peaks = np.zeros(self.view.page_count)
        np.maximum.at(peaks, self._documents >> PAGE_BITS, self._frequencies)
        return peaks

    def frequencies(self, batch: Batch) -> Array:
        """Return the weighed counts of all the words."""
        if not len(self._documents):
            return np.zeros(len(batch))
        places = self._documents.searchsorted(batch.documents.astype(np.int32))
        return self._frequencies.take(places, mode="clip") * batch.flags(self._members)


def norms_of(profile: RankingProfile, means: Iterable[float]) -> Norms:
    """Return what frequencies are weighed with under a profile."""
    weights = tuple(profile.weights[text_field.name] for text_field in FIELDS)
    return Norms(weights, tuple(float(mean) for mean in means), profile.b)


def none_of(view: View) -> Array:
    """Return the set without documents."""
    return np.zeros(view.page_count, bits.WORD)


def number_of(field: str | None) -> int | None:
    """Return the number of a text field, None where any is meant."""
    return FIELD_NUMBERS[field] if field else None
