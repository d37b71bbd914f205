"""Layers and combinators for configs of Thinc and spaCy: entry points of ``thinc_layers``.

There they are called ``combinet.Relu.v1`` and so on, beside Thinc's own ``Relu.v1``.
"""

from __future__ import annotations

from .adapted import adapted

Dropout = adapted("layers", "Dropout.v1")
Embed = adapted("layers", "Embed.v1")
GRU = adapted("layers", "GRU.v1")
Gelu = adapted("layers", "Gelu.v1")
HashEmbed = adapted("layers", "HashEmbed.v1")
LSTM = adapted("layers", "LSTM.v1")
LayerNorm = adapted("layers", "LayerNorm.v1")
Linear = adapted("layers", "Linear.v1")
LinearLogistic = adapted("layers", "combinet.LinearLogistic.v1")
Logistic = adapted("layers", "Logistic.v1")
Maxout = adapted("layers", "Maxout.v1")
Mish = adapted("layers", "Mish.v1")
MultiHeadAttention = adapted("layers", "MultiHeadAttention.v1")
ParametricAttention = adapted("layers", "ParametricAttention.v1")
Relu = adapted("layers", "Relu.v1")
Softmax = adapted("layers", "Softmax.v1")
Swish = adapted("layers", "Swish.v1")
TransformerEncoderBlock = adapted("layers", "TransformerEncoderBlock.v1")
chain = adapted("layers", "chain.v1")
clone = adapted("layers", "clone.v1")
concatenate = adapted("layers", "concatenate.v1")
expand_window = adapted("layers", "expand_window.v1")
list2array = adapted("layers", "list2array.v1")
list2ragged = adapted("layers", "list2ragged.v1")
mean_max_reducer = adapted("layers", "combinet.mean_max_reducer.v1")
ragged2list = adapted("layers", "ragged2list.v1")
reduce_first = adapted("layers", "reduce_first.v1")
reduce_last = adapted("layers", "reduce_last.v1")
reduce_max = adapted("layers", "reduce_max.v1")
reduce_mean = adapted("layers", "reduce_mean.v1")
reduce_sum = adapted("layers", "reduce_sum.v1")
residual = adapted("layers", "residual.v1")
with_array = adapted("layers", "with_array.v1")
with_padded = adapted("layers", "with_padded.v1")
with_ragged = adapted("layers", "with_ragged.v1")
