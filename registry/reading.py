"""What a gauge of a process shows: a figure of its store, never a datum of a person (OPS-5, AUDIT-17)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reading:
    """One figure. `labels` come from closed lists: states, reasons, names of certificates."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
