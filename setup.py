"""What pyproject.toml cannot say: with TEGATA_NATIVE=1 the hot path of the codec is compiled (docs/adr/0012).

mypyc compiles the same files that Python reads otherwise, so the form without a compiler is the same code.
"""

import os
import sys

from setuptools import setup

# mdoc/verify.py stays as it is: the tests take its steps away one by one, which compiled code does not let happen.
HOT = ("algorithms", "dates", "device_key", "heads", "issue", "issuer_signed", "mint", "mso", "scan", "scan_mso")
HOT += ("issuing_profile", "sig_structure", "signature_form", "suite")

# An editable install would leave compiled modules beside the sources, where Python prefers them, however old they are.
if os.environ.get("TEGATA_NATIVE") == "1" and "editable_wheel" not in sys.argv:
    from mypyc.build import mypycify

    files = [f"mdoc/{name}.py" for name in HOT]
    setup(ext_modules=mypycify(files, opt_level="3", debug_level="0", target_dir="build/native-c"))
else:
    setup()
