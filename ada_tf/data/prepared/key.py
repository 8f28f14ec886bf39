"""What a prepared file depends on, as a short name."""

import dataclasses
import hashlib
import json
import re

from ada_tf import formats
from ada_tf.data.sources.source import Source

_DIGITS = 12
PATTERN = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def cache_key(source: Source, *details) -> str:
    """Name what a prepared file depends on: 12 hexadecimal digits."""
    labels = dataclasses.asdict(source.label_space)
    what = [formats.PREPARED.number, source.identity, labels, *details]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:_DIGITS]
