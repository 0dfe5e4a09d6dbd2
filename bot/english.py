"""English words by what they do in a sentence, as far as follow-ups and names need to know."""

from __future__ import annotations

import re

AUXILIARY = frozenset(
    "is are was were am be been has have had do does did will would can could may might must "
    "shall should isn't aren't wasn't weren't hasn't haven't hadn't don't doesn't didn't won't "
    "wouldn't can't couldn't".split()
)
BEFORE_BASE = frozenset(
    "do does did don't doesn't didn't will would can could may might must shall should won't "
    "wouldn't can't couldn't".split()
)
PRONOUNS = frozenset("he she it they i you we there this that these those".split())
BEFORE_NOUN = frozenset("the a an his her its their my our your each every all both".split())
FUNCTION_WORDS = AUXILIARY | frozenset(
    "a an the and or but nor so as if than then that this these those of in on at to from by for "
    "with without about into onto over under after before during since until against between "
    "among through near within via not no what which who whom whose when where why how he she "
    "it they him her them his hers its their theirs there here i you we me us my your our again "
    "also already always ever never still yet now today yesterday ago once only just too very "
    "most more all any some each every other else back away out up down off home because while "
    "whether according".split()
)
BASE_VERBS = frozenset(
    "accept accuse achieve act add agree allow announce answer appear arrive ask attack become "
    "begin believe belong blame break bring build buy call care carry cause change choose claim "
    "close collect come compare confirm consider contain continue cost cover create cut deal "
    "decide deliver demand deny describe die disappear discover do drop earn eat employ end enter "
    "exist expect explain fail fall fear feel fight find finish fly follow free get give go grow "
    "grind happen have hear help hint hit hold hope hurt include invade join keep kill know last "
    "lead learn leave let like live look lose make mean meet mention move need offer open own pay "
    "plan play promise put reach read receive refuse reject release remain rename repeat reply "
    "report require resign return rise run sail say see seem sell send serve set show sign sing "
    "sink sit sleep speak spend stand start stay stop study suffer suggest support take talk "
    "teach tell think threaten travel try turn use visit vote wait want warn watch wear win work "
    "write".split()
)
_PAST = frozenset(
    "became began begun blew born broke came chose drew drove fell felt flew forgot froze gave "
    "grew knew left lost rang ran rose sang sank saw sold spoke stole stood swam took threw went "
    "woke wore wrote "
    "bought brought built caught come cut done fallen felt fought found frozen given "
    "gone got grown heard held hidden hit hurt kept known laid led left lost made meant met paid "
    "put read run said seen sent set shot shut sold spent spoken stolen struck sunk sworn taken "
    "taught thought told torn understood won worn written".split()
)
_MALE = "man boy son father brother husband uncle king prince chairman grandfather nephew"
_FEMALE = "woman girl daughter mother sister wife aunt queen princess widow grandmother niece"
_ROLES = (
    "president minister mayor director teacher engineer doctor driver astronomer manager leader "
    "chief captain owner lawyer judge author writer singer actor officer spokesman spokeswoman "
    "soldier prisoner student professor scientist researcher founder governor senator chancellor "
    "secretary boss coach player victim suspect witness child baby parent friend partner cousin "
    "colleague neighbour neighbor pope bishop priest journalist artist nurse"
)
_TITLES = {"mr": "m", "sir": "m", "lord": "m", "mrs": "f", "ms": "f", "miss": "f", "lady": "f"}
GENDERS = dict.fromkeys(_MALE.split(), "m") | dict.fromkeys(_FEMALE.split(), "f") | _TITLES
PERSONS = frozenset(f"{_MALE} {_FEMALE} {_ROLES}".split())
ORGANISATIONS = frozenset(
    "agency army association authority band bank board chain church club college committee company "
    "council court family firm government group hospital ministry museum newspaper organisation "
    "organization parliament party school society team union university".split()
)
_PLURALS = frozenset("people women men children police".split())
_SINGULAR = re.compile(r"(?:ss|us|is|ics|news|series|[’']s)\Z")

# What sentences begin with and no name does.
STARTERS = frozenset(
    "a about above according across after again against alas all almost along already also "
    "although altogether among an and another any anyone anyway are around as asked at away back "
    "because before behind below besides between beyond both but by can could describe despite "
    "did do does don't don’t during each earlier either elsewhere even every everyone everything "
    "except few fewer find first following for former from give had has have he hence her here "
    "his how however i'm if in including indeed inside instead into is it it's its it’s i’m just "
    "last later least less let's let’s like likewise many may maybe me meanwhile might more "
    "moreover most much must my near nearly neither never nevertheless next no nobody none nor "
    "not nothing now of off often on once one only or other others otherwise our out outside over "
    "overall perhaps please rather several she should similarly since so some someone "
    "something sometimes soon still such tell than that the their then there therefore these they "
    "this those though three through throughout thus to today together tomorrow tonight too "
    "towards two under unless unlike until up upon us was we well were what when whenever where "
    "whereas whether which while who whoever whom whose why will with within without would yes "
    "yesterday yet you your".split()
)


def is_verb(word: str, base: bool = False) -> bool:
    """Whether a word is a verb of the past, or else, if asked for, one that may be a noun too."""
    word = word.casefold()
    present = base and (word in BASE_VERBS or word.removesuffix("s") in BASE_VERBS)
    return present or word in _PAST or word.endswith("ed")


def is_plural(word: str) -> bool:
    """Whether a noun is a plural by its form."""
    word = word.casefold()
    return word in _PLURALS or (word.endswith("s") and not _SINGULAR.search(word))
