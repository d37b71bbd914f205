"""Candidates, their vectors, and the relation model with its task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Model, reduce_mean, registry
from combinet.errors import (
    CombinetError,
    ConfigError,
    DataError,
    LoadError,
    RangeError,
    SaveError,
)
from combinet.testing import LAWS, Case
from combinet.text import (
    ConllURelations,
    Document,
    HashEmbedCNN,
    Tagger,
    rel_cand_generator,
    rel_cand_generator_v2,
    rel_classification_layer,
    rel_hidden_layer,
    rel_instance_tensor,
    rel_model,
)
from combinet.text.document import as_document
from combinet.training import Batches, Relations, Trainer

WORDS = "Ada met Bob in Paris".split()
DOC = Document(WORDS, ents=[(0, 1), (2, 3), (4, 5)])


def cnn(width: int = 4) -> Any:
    return HashEmbedCNN(
        width=width, depth=1, embed_size=60, window_size=1, maxout_pieces=2, subword_features=True
    )


def network(get_instances: Any = None, classifier: Any = None) -> Any:
    candidates = rel_cand_generator_v2(3) if get_instances is None else get_instances
    tensor = rel_instance_tensor(cnn(), reduce_mean(), candidates)
    return rel_model(tensor, classifier or rel_classification_layer())


def starts(pairs: list[tuple[Any, Any]]) -> list[tuple[int, int]]:
    return [(one.start, other.start) for one, other in pairs]


def test_the_generators_give_the_candidates_of_spacys_page() -> None:
    every = rel_cand_generator()(DOC)
    assert starts(every) == [(i, j) for i in (0, 2, 4) for j in (0, 2, 4)]
    assert starts(rel_cand_generator_v2(2)(DOC)) == [(0, 2), (2, 0), (2, 4), (4, 2)]
    assert len(rel_cand_generator_v2(4)(DOC)) == 6


def test_near_pairs_are_those_that_a_double_loop_finds() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        ents = [(int(i), int(i) + 1) for i in rng.choice(12, size=6, replace=False)]
        doc = Document(["x"] * 12, ents=ents)
        wanted = {(i, j) for i, _ in ents for j, _ in ents if i != j and abs(i - j) <= 3}
        assert set(starts(rel_cand_generator_v2(3)(doc))) == wanted


def test_both_are_in_the_registry_of_miscellany() -> None:
    assert len(registry.get("misc", "combinet.rel_cand_generator.v1")()(DOC)) == 9
    assert len(registry.get("misc", "combinet.rel_cand_generator.v2")(max_length=2)(DOC)) == 4


def test_a_generator_needs_entities_and_a_length() -> None:
    with pytest.raises(DataError, match="a list has no ents"):
        rel_cand_generator()(WORDS)
    with pytest.raises(CombinetError, match="1 word apart or more, got 0"):
        rel_cand_generator_v2(0)


def test_a_candidate_is_the_pooled_vectors_of_its_spans_side_by_side() -> None:
    doc = Document(WORDS, ents=[(0, 2), (2, 3)])
    tok2vec = cnn()
    tensor = rel_instance_tensor(tok2vec, reduce_mean(), rel_cand_generator()).initialize([doc])
    (rows,) = tok2vec.predict([doc])
    one, other = rows[0:2].mean(axis=0), rows[2]
    wanted = [[*one, *one], [*one, *other], [*other, *one], [*other, *other]]
    found: Any = tensor.predict([doc])
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_batch_gives_what_its_documents_give() -> None:
    docs = [DOC, Document([]), Document(["Bob", "met", "Ada"]), Document(["one"])]
    model = network().initialize(docs, np.zeros((1, 2), "f"), seed=0)
    apart = [model.predict([doc]) for doc in docs]
    np.testing.assert_allclose(model.predict(docs), np.concatenate(apart), rtol=1e-5)


def documents(rng: np.random.Generator, n: int) -> Any:
    docs = [list(map(str, rng.choice(WORDS, size=rng.integers(0, 5)))) for _ in range(n)]
    return [Document(doc, ents=[(i, i + 1) for i in range(0, len(doc), 2)]) for doc in docs]


@pytest.mark.parametrize("law", LAWS)
def test_the_model_keeps_the_law(law: str) -> None:
    LAWS[law](Case("rel_model", lambda: network(classifier=rel_hidden_layer(3)), documents))


def test_the_width_of_a_candidate_is_twice_that_of_a_word() -> None:
    assert network(classifier=rel_classification_layer(2)).check().sizes["0"] == {"nO": 8}


def test_entities_outside_of_a_document_are_named() -> None:
    class Odd(Document):
        def __len__(self) -> int:
            return 9

    with pytest.raises(DataError, match="no span from word 4 to 6"):
        Document(WORDS, ents=[(4, 6)])
    doc = Odd(WORDS)
    doc.ents = [doc.ents[0]._replace(end=7)]
    with pytest.raises(RangeError, match="no span from word 0 to 7"):
        network(rel_cand_generator()).initialize([DOC], np.zeros((1, 2), "f")).predict([doc])


def test_every_word_is_an_entity_where_nothing_is_marked() -> None:
    assert [ent.start for ent in as_document(WORDS).ents] == [0, 1, 2, 3, 4]
    assert as_document({"words": WORDS, "ents": [[0, 2, "PER"]]}).ents[0].label == "PER"
    with pytest.raises(DataError, match="no 'words', but text"):
        as_document({"text": "a"})


def local_generator() -> Any:
    def first_two(doc: Any) -> list[tuple[Any, Any]]:
        return [(doc.ents[0], doc.ents[1])]

    return first_two


def test_a_model_is_saved_with_the_name_of_its_generator(tmp_path: Path) -> None:
    model = network().initialize([DOC], np.zeros((1, 2), "f"))
    model.to_disk(tmp_path / "model")
    again = network().from_disk(tmp_path / "model")
    assert np.array_equal(again.predict([DOC]), model.predict([DOC]))
    for other in (rel_cand_generator(), rel_cand_generator_v2(2)):
        with pytest.raises(LoadError, match="get_instances"):
            network(other).from_disk(tmp_path / "model")


def test_a_generator_of_ones_own_is_saved_once_it_is_registered(tmp_path: Path) -> None:
    unknown = network(local_generator()).initialize([DOC], np.zeros((1, 2), "f"))
    with pytest.raises(SaveError, match="get_instances"):
        unknown.to_disk(tmp_path / "model")
    made = registry.misc("test_relations.local.v1", func=local_generator)
    try:
        model = network(made()).initialize([DOC], np.zeros((1, 2), "f"))
        model.to_disk(tmp_path / "model")
        again = network(made()).from_disk(tmp_path / "model")
        assert np.array_equal(again.predict([DOC]), model.predict([DOC]))
    finally:
        registry.misc.unregister("test_relations.local.v1")


NAMES, VERBS = ["Ada", "Bob", "Eve"], ["met", "saw"]


def instances(n: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    found: list[dict[str, Any]] = []
    for _ in range(n):
        words = [str(rng.choice(NAMES)), str(rng.choice(VERBS)), str(rng.choice(NAMES)), "."]
        label = [(1, 2, 0, 1, "nsubj"), (1, 2, 2, 3, "obj")]
        found.append({"text": words, "label": label})
    return found


def trained() -> Relations:
    data = instances(40)
    tensor = rel_instance_tensor(cnn(8), reduce_mean(), rel_cand_generator_v2(2))
    task = Relations(rel_model(tensor, rel_hidden_layer(8)))
    task.index(data)
    task.initialize(seed=0, text=[each["text"] for each in data])
    metrics = Trainer(task, Adam(0.02), Batches(data, 8), num_epochs=10).train()
    assert metrics["training_f1-measure-overall"] > 0.95
    return task


def test_a_trainer_trains_it() -> None:
    task = trained()
    found = task.forward_on_instance({"text": ["Eve", "saw", "Ada", "."]})
    assert sorted(found["label"]) == [[1, 2, 0, 1, "nsubj"], [1, 2, 2, 3, "obj"]]
    marked = {"words": ["Eve", "saw", "Ada", "."], "ents": [[0, 1], [1, 2]]}
    assert task.forward_on_instance({"text": marked})["label"] == [[1, 2, 0, 1, "nsubj"]]


def test_documents_of_any_size_and_odd_strings_work() -> None:
    task = trained()
    assert task.forward(text=[], label=[])[0]["loss"] == 0
    odd = ["👩‍👩‍👧", "e\u0301", "\0", "\ud800", ""]
    texts: Any = [[], ["one"], odd, ["word"] * 5000]
    found = task.forward_on_instances([{"text": text} for text in texts])
    assert [len(each["probs"]) for each in found] == [0, 0, 14, 4 * 5000 - 6]
    output, backprop = task.forward(text=[[], ["one"]], label=[[], []])
    assert (output["loss"], backprop is None) == (0, False)


def test_a_network_without_candidates_is_refused() -> None:
    with pytest.raises(ConfigError, match="does not say which pairs"):
        Relations(Tagger(cnn()))


LINES = "\n".join(
    "\t".join([str(i), word, "_", "_", "_", "_", head, name, "_", "_"])
    for i, (word, head, name) in enumerate(
        [("Ada", "2", "nsubj:pass"), ("met", "0", "root"), ("Bob", "2", "obj")], start=1
    )
)


def test_the_reader_gives_some_dependencies_as_relations(tmp_path: Path) -> None:
    path = tmp_path / "x.conllu"
    path.write_text(LINES + "\n", "utf-8")
    (found,) = ConllURelations()(str(path))
    assert found == {
        "text": ["Ada", "met", "Bob"],
        "label": [(1, 2, 0, 1, "nsubj"), (1, 2, 2, 3, "obj")],
    }
    (found,) = ConllURelations(["obj"])(str(path))
    assert found["label"] == [(1, 2, 2, 3, "obj")]


@pytest.mark.parametrize("head", ["9", "x", "_"])
def test_a_head_that_is_no_word_is_named_with_its_line(tmp_path: Path, head: str) -> None:
    path = tmp_path / "x.conllu"
    path.write_text("# a comment\n" + LINES.replace("\t2\tobj", f"\t{head}\tobj"), "utf-8")
    with pytest.raises(
        DataError, match=f"x.conllu:2: word 3 of the sentence has the head '{head}'"
    ):
        list(ConllURelations()(str(path)))


def test_the_model_is_a_model_of_documents() -> None:
    assert isinstance(network(), Model)
