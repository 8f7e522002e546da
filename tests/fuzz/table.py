"""All targets by name."""

from tests.fuzz.certificates import CERTIFICATE_TARGETS
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

ALL_TARGETS: dict[str, Target] = TARGETS | CERTIFICATE_TARGETS
