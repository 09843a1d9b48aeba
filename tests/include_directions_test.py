#!/usr/bin/env python3
"""Holds the include directions: every #include between rooms must be an arrow of docs/design.md, section 5."""
import re
import sys
from pathlib import Path

ARROW = re.compile(r"^(\w+)\s+→ (.*)$")
INCLUDE = re.compile(r'^\s*#include "(\w+)/[^"]+"')
TORCH = re.compile(r"^\s*#include <(ATen|c10|torch)/")


def read_map(design: Path) -> dict[str, set[str]]:
    """Room → rooms it may include, closed over arrows (an arrow's target brings its own)."""
    block = design.read_text().split("## 5.")[1].split("```")[1]
    direct = {}
    for line in block.splitlines():
        if arrow := ARROW.match(line):
            names = arrow[2].split("   ")[0]  # what follows is the description
            direct[arrow[1]] = set(re.findall(r"\w+", names)) - {"std", "fmt"}
    allowed = {}
    for room in direct:
        reached, open_rooms = set(), [room]
        while open_rooms:
            for target in direct.get(open_rooms.pop(), ()):
                if target not in reached:
                    reached.add(target)
                    open_rooms.append(target)
        allowed[room] = reached
    return allowed


def violations(source: Path, allowed: dict[str, set[str]]):
    for file in sorted(source.rglob("*")):
        if file.suffix not in (".h", ".cpp", ".inc"):
            continue
        room = file.relative_to(source).parts[0]
        if room not in allowed:
            yield f"{file}: room {room} is not on the map"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            included = INCLUDE.match(line)
            if included and included[1] in allowed and included[1] != room and included[1] not in allowed[room]:
                yield f"{file}:{number}: {room} may not include {included[1]}"
            if TORCH.match(line) and "torch" not in allowed[room]:
                yield f"{file}:{number}: {room} is torch-free"


def main() -> int:
    root = Path(sys.argv[1])
    allowed = read_map(root / "docs/design.md")
    assert "vram" in allowed["model"] and "store" not in allowed["core"], "the map was not understood"
    found = list(violations(root / "src", allowed))
    print("\n".join(found) or f"every include between {len(allowed)} rooms follows the map")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
