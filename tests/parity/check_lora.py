#!/usr/bin/env python3
"""Whether Diffusers loads LoRA files that clipmill wrote, and computes with them what a given file gives.

    reference/bin/python tests/parity/check_lora.py GOLDEN_CASE FILE   (a case of make_lora_golden.py, for models/wan21)
"""

import sys
from pathlib import Path

from safetensors.torch import load_file

from make_lora_golden import FOLDER, compute


def main():
    case, file = sys.argv[1], Path(sys.argv[2]).resolve()
    expected = load_file(FOLDER / "samples.safetensors")
    for mode, value in compute([(file.with_suffix(""), 1.0)]).items():
        reference = expected[f"{case}.{mode}"]
        error = ((value - reference).norm() / reference.norm()).item()
        print(f"{case}.{mode}: relative L2 {error:.1e}")
        if error > 1e-5:
            sys.exit(1)


if __name__ == "__main__":
    main()
