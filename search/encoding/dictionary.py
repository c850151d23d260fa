"""The dictionary of an encoder: a number for each group of terms, and what a token of it can be."""

from dataclasses import dataclass, field

_MOST_FORMS = 255


@dataclass(slots=True)
class Dictionary:
    """Groups of terms that one posting list serves: the inflections of a stem, a pair, a word.

    `groups` are their names; `forms[g]` lists what a token of group g can be, each a line of exact
    terms parted by blanks (`china's` is `chinas china`); a group without forms has positions that
    are all alike.
    """

    groups: list[str] = field(default_factory=list)
    forms: list[list[str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """Of the groups that have forms."""

    def enter(self, group: str, label: str) -> tuple[int, int]:
        """Return the number of a group, and of a form within it; new ones where they are new."""
        number = self.numbers.get(group)
        if number is None:
            number = self.numbers[group] = len(self.groups)
            self.groups.append(group)
            self.forms.append([label])
            return number, 0
        forms = self.forms[number]
        if label not in forms:
            forms.append(label)
        return number, min(forms.index(label), _MOST_FORMS)

    def add_formless(self, groups: list[str]) -> int:
        """Add groups without forms that are all new; return the number of the first."""
        first = len(self.groups)
        self.groups += groups
        self.forms += [_NO_FORMS] * len(groups)
        return first


_NO_FORMS: list[str] = []
