"""How far apart are two words?"""


def edits_within(left: str, right: str, limit: int) -> bool:
    """Say whether at most `limit` insertions, deletions and replacements turn one into the other.

    V. I. Levenshtein: Binary codes capable of correcting deletions, insertions and reversals (1966).
    """
    if abs(len(left) - len(right)) > limit:
        return False
    row = list(range(len(right) + 1))
    for at, character in enumerate(left, 1):
        previous, row[0] = row[0], at
        for to, other in enumerate(right, 1):
            cost = previous + (character != other)
            previous, row[to] = row[to], min(cost, row[to] + 1, row[to - 1] + 1)
        if min(row) > limit:
            return False
    return row[-1] <= limit
