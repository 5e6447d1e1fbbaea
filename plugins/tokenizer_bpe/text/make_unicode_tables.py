#!/usr/bin/env python3
"""Writes unicode_tables.inc from Python's Unicode database: make_unicode_tables.py > unicode_tables.inc"""
import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)
CHARACTERS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and c not in HANGUL]


def rows(values, per_row):
    for i in range(0, len(values), per_row):
        print(" ".join(values[i : i + per_row]))


def full(form, character):
    """The full decomposition, or None where the character is its own."""
    text = unicodedata.normalize(form, chr(character))
    return None if text == chr(character) else text


data, offsets = [], {}


def place(text):
    if text not in offsets:
        offsets[text] = len(data)
        data.extend(ord(c) for c in text)
    return offsets[text], len(text)


decompositions = []
for c in CHARACTERS:
    canonical, compatible = full("NFD", c), full("NFKD", c)
    if compatible is None:
        continue
    decompositions.append((c, place(canonical or chr(c)), place(compatible)))

compositions = []
for c in CHARACTERS:
    parts = unicodedata.decomposition(chr(c)).split()
    if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", chr(c)) == chr(c):
        compositions.append((int(parts[0], 16), int(parts[1], 16), c))

lower = [(c, place(chr(c).lower())) for c in CHARACTERS if chr(c).lower() != chr(c)]
classes = [(c, unicodedata.combining(chr(c))) for c in CHARACTERS if unicodedata.combining(chr(c))]
class_ranges = []
for c, value in classes:
    if class_ranges and class_ranges[-1][1] == c - 1 and class_ranges[-1][2] == value:
        class_ranges[-1][1] = c
    else:
        class_ranges.append([c, c, value])

print(f"// Unicode {unicodedata.unidata_version}; written by make_unicode_tables.py. Hangul syllables are computed instead.")
print("// clang-format off")
print("constexpr char32_t kSequences[] = {")
rows([f"{c:#x}," for c in data], 16)
print("};\nconstexpr Decomposition kDecompositions[] = {")
rows([f"{{{c:#x},{a},{b},{n},{m}}}," for c, (a, n), (b, m) in decompositions], 6)
print("};\nconstexpr Composition kCompositions[] = {")
rows([f"{{{a:#x},{b:#x},{c:#x}}}," for a, b, c in sorted(compositions)], 6)
print("};\nconstexpr CombiningClass kCombiningClasses[] = {")
rows([f"{{{a:#x},{b:#x},{value}}}," for a, b, value in class_ranges], 8)
print("};\nconstexpr Lowercase kLowercase[] = {")
rows([f"{{{c:#x},{a},{n}}}," for c, (a, n) in lower], 8)
print("};\n// clang-format on")
if any(v >= 1 << 16 for v in offsets.values()):
    sys.exit("an offset does not fit into 16 bits")
