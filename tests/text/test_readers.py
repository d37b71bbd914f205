from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from combinet.errors import DataError
from combinet.text import (
    ClassificationCSV,
    ClassificationTSV,
    ConllBio,
    ConllU,
    JsonLines,
    WordsAndMarks,
)

CONLLU = (
    "# text = don't go\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tdo\tdo\tAUX\tVB\t_\t3\taux\t_\t_\n2\tn't\tnot\tPART\t_\t_\t3\tadvmod\t_\t_\n"
    "2.1\tnow\tnow\tADV\tRB\t_\t_\t_\t_\t_\n3\t#\tgo\tVERB\tVB\t_\t0\troot\t_\t_\n\n"
    "1\tYes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_\n"
)


def read(reader: Any, folder: Path, text: str | bytes) -> list[dict[str, Any]]:
    path = folder / "data"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(reader(str(path)))


def test_conllu_gives_words_and_tags_of_each_sentence(tmp_path: Path) -> None:
    found = read(ConllU("xpos"), tmp_path, CONLLU)
    assert found == [
        {"text": ["do", "n't", "#"], "label": ["VB", None, "VB"]},
        {"text": ["Yes"], "label": ["UH"]},
    ]
    assert read(ConllU(), tmp_path, CONLLU)[0]["label"] == ["AUX", "PART", "VERB"]


def test_conllu_reads_packed_files_and_lines_that_end_in_two_signs(tmp_path: Path) -> None:
    path = tmp_path / "data.conllu.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + CONLLU.replace("\n", "\r\n").encode()))
    assert len(list(ConllU()(str(path)))) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\n1\tYes\tyes\n", r"data:2: a word has 10 columns between tabs, this line 3"),
        (CONLLU.replace("\n\n", "\n"), r"data:7: word '1' stands where word 4 should"),
        (b"\n\n1\t\xff\n", r"data:3: this is no text in UTF-8"),
    ],
)
def test_a_bad_line_of_conllu_is_named(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(ConllU(), tmp_path, text)


def test_a_damaged_packed_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.gz"
    packed = gzip.compress(CONLLU.encode())
    spoiled = packed[:20] + bytes([packed[20] ^ 255]) + packed[21:]
    for damaged in (packed[:-12], spoiled, CONLLU.encode()):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"data\.gz:\d+: the packed file is damaged"):
            list(ConllU()(str(path)))


def test_bio_gives_words_and_tags_of_each_sentence(tmp_path: Path) -> None:
    text = "-DOCSTART- O\n\nEmpire\tNN\tB-loc\nState\tNN\tI-loc\n\t\nin O\nParis B-loc\n\n\n"
    assert read(ConllBio(), tmp_path, text) == [
        {"text": ["Empire", "State"], "label": ["B-loc", "I-loc"]},
        {"text": ["in", "Paris"], "label": ["O", "B-loc"]},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tO\nb\n", "data:2: there is no word and tag"),
        ("a\tX-loc\n", "data:1: 'X-loc' is no tag"),
        ("a\tB-\n", "data:1: 'B-' is no tag"),
        ("a\tB-loc\nb\tI-per\n", "data:2: 'I-per' goes on a span that did not begin"),
        ("a\tB-loc\n\nb\tI-loc\n", "data:3: 'I-loc' goes on a span that did not begin"),
    ],
)
def test_a_bad_line_of_bio_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(ConllBio(), tmp_path, text)


def test_tsv_gives_words_and_a_label(tmp_path: Path) -> None:
    found = read(ClassificationTSV(max_tokens=2), tmp_path, "a good film\tpos\n\nbad\tneg\n")
    assert found == [{"text": ["a", "good"], "label": "pos"}, {"text": ["bad"], "label": "neg"}]


@pytest.mark.parametrize("line", ["a film", "a\tb\tc", "a\t "])
def test_a_bad_line_of_tsv_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(DataError, match="data:2: a row is a text, a tab and a label"):
        read(ClassificationTSV(), tmp_path, f"a\tb\n{line}\n")


def test_csv_finds_its_columns_by_the_heading(tmp_path: Path) -> None:
    text = 'id,category,text\n1, card,"Where, please?"\n\n2,top up,"two\nlines"\n'
    reader = ClassificationCSV(label="category", tokenizer=WordsAndMarks())
    assert read(reader, tmp_path, text) == [
        {"text": ["Where", ",", "please", "?"], "label": "card"},
        {"text": ["two", "lines"], "label": "top up"},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,category\n", "data:1: the heading has no column 'label'"),
        ("", "data:1: the heading has no column 'text'"),
        ("text,label\na,b\na,b,c\n", "data:3: this row has 3 columns, and the heading 2"),
        ('text,label\n"a"b,c\n', "data:2: this is no table"),
        ("text,label\na, \n", "data:2: the row has no 'label'"),
        (f"text,label\n{'a' * 200_000},b\n", "data:2: this is no table: field larger"),
    ],
)
def test_a_bad_line_of_csv_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(ClassificationCSV(), tmp_path, text)


def test_json_lines_keep_lists_and_cut_texts(tmp_path: Path) -> None:
    text = '{"text": "a b", "label": "x"}\n\n{"text": ["c"]}\n'
    assert read(JsonLines(tokenizer=str.split), tmp_path, text) == [
        {"text": ["a", "b"], "label": "x"},
        {"text": ["c"]},
    ]
    assert read(JsonLines(), tmp_path, text)[0]["text"] == "a b"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "data:2: this is no JSON"),
        ('{"words": []}', "data:2: there is no key 'text' in words"),
        ("[1]", "data:2: there is no key 'text' in a list"),
    ],
)
def test_a_bad_line_of_json_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(JsonLines(), tmp_path, '{"text": "a"}\n' + line)
