"""The architectures of ``combinet.text`` for spaCy: entry points of ``spacy_architectures``.

Names and arguments are those of ``combinet.text``, so one block of a ``.cfg`` serves both.
"""

from __future__ import annotations

from .adapted import adapted

BiLSTMEncoder = adapted("architectures", "combinet.BiLSTMEncoder.v1")
CharacterEmbed = adapted("architectures", "combinet.CharacterEmbed.v1")
FeatureExtractor = adapted("architectures", "combinet.FeatureExtractor.v1")
HashEmbedCNN = adapted("architectures", "combinet.HashEmbedCNN.v1")
MaxoutWindowEncoder = adapted("architectures", "combinet.MaxoutWindowEncoder.v1")
MishWindowEncoder = adapted("architectures", "combinet.MishWindowEncoder.v1")
MultiHashEmbed = adapted("architectures", "combinet.MultiHashEmbed.v1")
SpanCategorizer = adapted("architectures", "combinet.SpanCategorizer.v1")
StaticVectors = adapted("architectures", "combinet.StaticVectors.v1")
Tagger = adapted("architectures", "combinet.Tagger.v1")
TextCatBOW = adapted("architectures", "combinet.TextCatBOW.v1")
TextCatCNN = adapted("architectures", "combinet.TextCatCNN.v1")
TextCatEnsemble = adapted("architectures", "combinet.TextCatEnsemble.v1")
TextCatEnsemble_v2 = adapted("architectures", "combinet.TextCatEnsemble.v2")
TextCatLowData = adapted("architectures", "combinet.TextCatLowData.v1")
TextCatParametricAttention = adapted("architectures", "combinet.TextCatParametricAttention.v1")
TextCatReduce = adapted("architectures", "combinet.TextCatReduce.v1")
Tok2Vec = adapted("architectures", "combinet.Tok2Vec.v1")
TorchBiLSTMEncoder = adapted("architectures", "combinet.TorchBiLSTMEncoder.v1")
TransformerEncoder = adapted("architectures", "combinet.TransformerEncoder.v1")
rel_classification_layer = adapted("architectures", "combinet.rel_classification_layer.v1")
rel_hidden_layer = adapted("architectures", "combinet.rel_hidden_layer.v1")
rel_instance_tensor = adapted("architectures", "combinet.rel_instance_tensor.v1")
rel_model = adapted("architectures", "combinet.rel_model.v1")
