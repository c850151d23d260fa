"""Tables for the stemmer: British spellings, irregular inflections, words that only look inflected.

AMERICAN and `american` are applied to stems (so `neighbours` and `neighbor` meet) and know the usual
ways to write large numbers too; IRREGULAR and KEPT are applied to words as written.
"""

import re

from search.patterns import late

AMERICAN = {
    "acknowledgement": "acknowledgment",
    "advisor": "advizer",
    "aeroplan": "airplan",
    "aluminium": "aluminum",
    "artefact": "artifact",
    "ax": "axe",
    "bn": "billion",
    "bln": "billion",
    "calibr": "caliber",
    "centr": "center",
    "chequ": "check",
    "cosy": "cozy",
    "counsellor": "counselor",
    "czar": "tsar",
    "defenc": "defens",
    "disc": "disk",
    "draught": "draft",
    "encyclopaedia": "encyclopedia",
    "enrol": "enroll",
    "enrolment": "enrollment",
    "fibr": "fiber",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "gaol": "jail",
    "grey": "gray",
    "instal": "install",
    "instalment": "installment",
    "jeweller": "jeweler",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "kerb": "curb",
    "licenc": "licens",
    "litr": "liter",
    "lustr": "luster",
    "manoeuvr": "maneuver",
    "marvellous": "marvelous",
    "meagr": "meager",
    "metr": "meter",
    "mln": "million",
    "mould": "mold",
    "moult": "molt",
    "moustach": "mustach",
    "oedema": "edema",
    "oesophagus": "esophagus",
    "oestrogen": "estrogen",
    "offenc": "offens",
    "plough": "plow",
    "practis": "practic",
    "practiz": "practic",
    "pretenc": "pretens",
    "programm": "program",
    "pyjama": "pajama",
    "sabr": "saber",
    "sceptic": "skeptic",
    "sceptical": "skeptical",
    "scepticism": "skepticism",
    "skilful": "skillful",
    "smoulder": "smolder",
    "sombr": "somber",
    "spectr": "specter",
    "sulphur": "sulfur",
    "theatr": "theater",
    "traveller": "traveler",
    "trn": "trillion",
    "tyre": "tire",
    "wilful": "willful",
    "woollen": "woolen",
    "yoghurt": "yogurt",
}

_ENDINGS = {
    "isation": "ization",
    "isational": "izational",
    "iser": "izer",
    "yser": "yzer",
    "centr": "center",
    "litr": "liter",
    "metr": "meter",
    "ogu": "og",
}
_ALL_ENDINGS = tuple(_ENDINGS)
_ENDING = f"(?<=..)(?:{'|'.join(_ENDINGS)})$"
_OUR = late(
    "(?:arb|ard|arm|behavi|cand|clam|col|endeav|fav|ferv|flav|glam|harb|hon|hum|lab|neighb|od|parl"
    "|ranc|rig|rum|sav|savi|splend|tum|val|vap|vig)ou(?=r)"
)
_LIGATURE = "anaem|anaesth|archaeo|caesarean|gynaec|haem|leukaem|foet|paed|rrhoea"


def american(stem: str) -> str:
    """Return the American spelling of a stem, the stem itself where that is no different."""
    known = AMERICAN.get(stem)
    if known is not None:
        return known
    if "our" in stem:
        stem = _OUR.sub(lambda found: found.group()[:-1], stem)
    if "ae" in stem or "oe" in stem:
        stem = re.sub(_LIGATURE, lambda found: re.sub("[ao]e", "e", found.group()), stem)
    if stem.endswith(_ALL_ENDINGS):
        return re.sub(_ENDING, lambda found: _ENDINGS[found.group()], stem)
    return stem


def _table(lines: str) -> dict[str, str]:
    """Read lines of a word and its irregular inflections."""
    rows = [line.split() for line in lines.strip().splitlines()]
    return {form: row[0] for row in rows for form in row[1:]}


_MEN = """business camera chair congress cow crafts fire fisher fore fresh gentle gun hit journey
law mad mail marks middle noble police sales service spokes sports states strong tribes veteran
work working yes"""

IRREGULAR = (
    _table("""
        ad ads
        age aged aging
        agree agreed
        analysis analyses
        boycott boycotted boycotting
        bus buses
        calf calves
        cd cds
        child children
        cpu cpus
        crisis crises
        criterion criteria
        decree decreed
        die dying
        disagree disagreed
        do does
        dye dyed
        embed embedded embedding
        ev evs
        eye eyed
        focus focussed focussing
        foot feet
        free freed
        fuel fuelled fuelling
        gas gases
        go goes
        goose geese
        gpu gpus
        guarantee guaranteed
        guru gurus
        half halves
        hindu hindus
        hutu hutus
        hypothesis hypotheses
        index indices
        knife knives
        lie lying
        loaf loaves
        man men
        menu menus
        mimic mimicked mimicking
        mouse mice
        mp mps
        oasis oases
        owe owed owing
        panic panicked panicking
        parenthesis parentheses
        pc pcs
        phenomenon phenomena
        plus pluses
        queue queued queuing
        quiz quizzed quizzes quizzing
        referee refereed
        scarf scarves
        shelf shelves
        sue sued suing
        thesis theses
        thief thieves
        tie tying
        tooth teeth
        tv tvs
        use used using
        vie vying
        wife wives
        wolf wolves
        woman women
        zulu zulus
    """)
    | {f"{first}men": f"{first}man" for first in _MEN.split()}
    | {f"{first}women": f"{first}woman" for first in _MEN.split()}
)

_KEPT = """abbas according alias andreas angeles anything arkansas athens atlas beijing being bias
boeing brussels canvas carlos ceiling chongqing christmas dallas davis during embed evening
everything francis hamas hundred james jinping jones kansas lagos laos lens liaoning lucas marcos
mars minneapolis morning naked nanjing nanning naples news nicolas nothing outing paris sacred
series sibling something species sterling texas this thomas united vegas viking wales wicked
xiaoping xining"""

KEPT = frozenset(_KEPT.split())
