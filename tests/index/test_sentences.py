"""Sentences: guarantees that hold for any text, then hard cases, each with "|" where one ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentences

PIECES = st.sampled_from(
    [
        *(*".!?…。؟।", *"\"'“”‘’«»()[]", *" \n\t\u00a0\u3000\u2028\x1c", *"aÉ9я我_,;:—\u0301😀"),
        *(
            "Mr.",
            "U.S.",
            "No. ",
            "J. ",
            ". . .",
            "[3]",
            "The ",
            "said ",
            ". ",
            "? ",
            " »",
            "iPhone",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


@given(TEXTS)
def test_spans_ascend_and_cover_every_visible_character(text: str) -> None:
    spans = sentences(text)
    bounds = [0, *(bound for span in spans for bound in span), len(text)]
    assert bounds == sorted(bounds)
    between = zip(bounds[::2], bounds[1::2], strict=True)
    assert not "".join(text[end:start] for end, start in between).strip()


@given(TEXTS)
def test_each_span_is_visible_at_both_ends_and_within_one_line(text: str) -> None:
    for start, end in sentences(text):
        sentence = text[start:end]
        assert sentence
        assert sentence == sentence.strip()
        assert "\n" not in sentence


@given(st.lists(TEXTS.map(lambda text: text.replace("\n", " ")), max_size=4))
def test_a_paragraph_is_split_as_if_it_stood_alone(paragraphs: list[str]) -> None:
    expected, offset = [], 0
    for paragraph in paragraphs:
        expected += [(offset + start, offset + end) for start, end in sentences(paragraph)]
        offset += len(paragraph) + 1
    assert sentences("\n".join(paragraphs)) == expected


@pytest.mark.parametrize(
    "piece",
    ["a", ".", ". ", "! ", 'x."', ".[1]", "(", " ", ". (((( ", ".    ", "J. ", "? Mr. The "],
)
def test_a_line_of_a_million_characters_takes_linear_time(piece: str) -> None:
    """No clock: in quadratic time this would not come back within the day."""
    line = (piece * (10**6 // len(piece))).strip()
    spans = sentences(line)
    assert "".join(line[start:end] for start, end in spans).count(".") == line.count(".")


CASES = """
The harbour, Mr. Hale told Dr. Ines Roth, is “safe.” | She was not so sure.
It said the talks “may come to something!!!” | Later that day, she left.
The minister called it “hardly a serious offer.” | He gave no reason.
“Are you leaving?” he asked. | “Yes.” | She nodded.
“Are you leaving?” Anna Roth asked. | Nobody answered.
'Go home.' | The dog went. | "Stay." | "No!" | (It was late.) | Then it rained.
She shouted “Stop!” and ran. | He wrote “... and so on.” | It ended there.
The U.S. Congress met. | She moved to the U.S. | The visa took a year.
It began in the U.K. in May. | The U.N. Security Council met at 10 a.m. Monday.
The ferry leaves at 5 p.m. on Sundays. | It came at 6 a.m. | The rain had stopped.
Bring fruit, e.g. Bramley apples, i.e. Cooking ones. | They keep.
Pens, paper, etc. are free. | Pens, paper, etc. | The rest is not.
She works at Marlow Inc. in Leeds. | He left Marlow Inc. | She did not.
See No. 5, Fig. 2 and vol. 3. | On Jan. 5 they met near St. Paul’s. | It snowed.
Leeds vs. Hull ended level. | Ivo Lund, Jr. scored. | Smith et al. (2005) disagree.
J. K. Marlow met Ada W. Bond. | Nobody knew J. K. | He was shy.
We need vitamin C. | It helps. | During World War I the mill closed.
It rose 3.5 percent to 4.25. | Version 2.0.1 followed. | Visit example.com. | It works.
Well... perhaps not. | He waited… | Then he left. | It is . . . fine.
Really?! | Yes. | No!!! | Never??? | Good.
The quick [...] fox ran. | The “Who Goes There?” (1938) edition sold out.
1. First open the box. | 2. Then close it. | It fell in 1999. | 20 men left.
It fell in 1999.[3] | Later it rose.[4][5] | Nobody saw it.[citation needed] | It stayed.
The boat sank.|The crew swam.[6]|The rest is known.
iPhone sales rose. | iPhone prices fell. | He met Charles de Gaulle. | It was cold.
It costs $5. | €6 is too much. | ¿Qué hora es? | ¡Vamos! | ¿Nadie lo sabe?
它很大。|我们走吧！|“好的。”|他走了。
هل أنت بخير؟ | نعم. | यह सच है। | वह गया।
Він приїхав у 1999 р. до Києва. | «Що це?» — запитав він. | «Нічого». | Вона пішла.
Am 3. Oktober 1990 feierten sie, z.B. Berlin. | „Komm.“ | Er ging. | »Bleib.« | Sie blieb.
« C’est fini. » | Il partit. | M. Dupont resta.
no marks here at all
FERRY STRIKE ENDS
"""


@pytest.mark.parametrize("case", CASES.strip().split("\n"))
def test_hard_cases(case: str) -> None:
    expected = [part.strip() for part in case.split("|")]
    text = case.replace(" | ", " ").replace("|", "")
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_a_headline_is_its_own_sentence() -> None:
    text = "Ferry strike ends\nBoats sail again.\n\n  They sail on time. "
    assert [text[start:end] for start, end in sentences(text)] == [
        "Ferry strike ends",
        "Boats sail again.",
        "They sail on time.",
    ]
