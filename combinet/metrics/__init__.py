"""Metrics: counted batch by batch, read off at the end of an epoch."""

from __future__ import annotations

from .auc import Auc as Auc
from .average import Average as Average
from .bleu import BLEU as BLEU
from .boolean_accuracy import BooleanAccuracy as BooleanAccuracy
from .categorical_accuracy import CategoricalAccuracy as CategoricalAccuracy
from .entropy import Entropy as Entropy
from .fbeta import F1Measure as F1Measure
from .fbeta import FBetaMeasure as FBetaMeasure
from .fbeta_multi_label import F1MultiLabelMeasure as F1MultiLabelMeasure
from .fbeta_multi_label import FBetaMeasureMultiLabel as FBetaMeasureMultiLabel
from .mean_error import MeanAbsoluteError as MeanAbsoluteError
from .mean_error import MeanSquaredError as MeanSquaredError
from .metric import Accumulator as Accumulator
from .metric import Metric as Metric
from .perplexity import Perplexity as Perplexity
from .span_based_f1_measure import SpanBasedF1Measure as SpanBasedF1Measure
from .squad_em_and_f1 import SquadEmAndF1 as SquadEmAndF1
