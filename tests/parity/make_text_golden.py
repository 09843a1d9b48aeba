#!/usr/bin/env python3
"""Makes tests/golden/text/prompts.json: prompts of many scripts, what Diffusers makes of them and their tokens.

    python3 -m venv reference && reference/bin/pip install -r tests/parity/requirements.txt
    reference/bin/python tests/parity/make_text_golden.py

One line a prompt: [prompt, cleaned, {tokenizer: ids}], ids up to 48. Left out is what src/model says it does otherwise:
encodings that ftfy repairs, combining marks on compatibility characters and U+2581 at the beginning of a word.
"""

import html.entities
import json
import random
from pathlib import Path

from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from transformers import T5TokenizerFast

from checkpoint import CORPUS

GOLDEN = Path(__file__).parents[1] / "golden"
TOKENIZERS = ("wan21", "residual")  # nmt_nfkc and identity normaliser
MAX_LENGTH = 48

WHOLE = ["", " ", "\t\n", "\u3000\u00a0", "a", "</s>", "a</s>b", "<pad> <unk>", "<b>&eacute;</b>\n&eacute;", "x" * 300,
         "&AMP;&ampx&notit;&notin;", "&EACUTE; &SZLIG; &nTILDE;", "&#128;&#x92;&#xD800;&#1114112;&#xFDD0;&#11;&#0;",
         "&#38;lt;", "&amp;amp;amp;", "&#;&#x;&#xg;&;& &", "＆ａｍｐ；", "\u0080\u0085\u0093\u009b\u0081",
         "\x1b[1;31mred\x1b[0m \x1b[m \x1b[٣m \x1b[1 \x1b]", "bell\x07 nul\x00 bom\ufeff vt\x0bfs\x1cdel\x7f"]
PARTS = ["“", "”", "‘", "’", "ʼ", "ŉ", "ﬁ", "ﬅ", "Ǆ", "ĳ", "Ａ１！", "ｶﾞ", "ﾡ", "￦", "\u3000", "e\u0301", "q\u0323\u0307", "각",
         "猫", "草地", "𠀋", "😀", "👩‍👩‍👧", "🇩🇪", "한국", "हिन्दी", "ไทย", "العربية", "עברית", "Ω", "Å", "①", "™", "½", "²", "㍿", "𝒜", "ß",
         "İ", "…", "—", "\u00ad", "\u200b", "\u200d", "\u2028", "\u2003", "\ufffd", "</s>", "<unk>", "<", ">", "&amp;", "&lt;",
         "&nbsp;", "&hellip", "&#x2019;", "&#233", "&Eacute;", "&bogus;", "\r\n", "\t", "100 %", "35 mm,", "don't"]


def prompts(generator):
    yield from WHOLE
    yield from CORPUS.splitlines()
    for part in PARTS:
        yield f"a {part} b{part}c"
    words = CORPUS.split()
    names = sorted(html.entities.html5)
    for _ in range(220):
        yield "".join(generator.choice([generator.choice(words), generator.choice(PARTS), "&" + generator.choice(names)])
                      + generator.choice(["", " ", " "]) for _ in range(generator.randint(1, 9)))


def main():
    tokenizers = {name: T5TokenizerFast.from_pretrained(GOLDEN / "models" / name / "tokenizer") for name in TOKENIZERS}
    lines = []
    for prompt in prompts(random.Random(7)):
        cleaned = prompt_clean(prompt)
        ids = {name: t(cleaned, max_length=MAX_LENGTH, truncation=True).input_ids for name, t in tokenizers.items()}
        lines.append(json.dumps([prompt, cleaned, ids], separators=(",", ":")))
    (GOLDEN / "text").mkdir(exist_ok=True)
    (GOLDEN / "text/prompts.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
