"""What spaCy finds of combinet: architectures and layers for its ``.cfg`` files.

Entry points name them, so that ``@architectures = "combinet.Tok2Vec.v1"`` works in
``spacy train`` and every other command of spaCy's without ``--code``. Each makes a
``thinc.api.Model``, and takes sublayers of either library.
"""

from __future__ import annotations

from .adapted import adapted as adapted
from .adapted import as_thinc as as_thinc
from .resize import resize_output as resize_output

__all__ = ["adapted", "as_thinc", "resize_output"]
