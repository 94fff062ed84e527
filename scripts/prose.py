"""Numbers in prose: a snippet of the page prints each decimal and power of ten."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pages import Page, blank

PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
POWER = re.compile(r"10(?:\^\{?(-?\d+)\}?|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
TIMES = re.compile(r"(\d)\s*(?:×|\\times|\\cdot)\s*(?=10[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
NUMBER = re.compile(
    r"((?<![\w)\]}])-)?(?<![\w.])(\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?!\.?\d)"
)
PRINTED = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
REFERENCE = re.compile(r"arXiv:\s*\S+|\b10\.\d{4,}/\S+|https?://\S+")  # names
WRONG = re.compile(r"^ *- \[ \] .*$", re.M)  # an answer to choose from, not right
MARKUP = re.compile(r"\]\([^)]*\)|\]\[[^\]]*\]|<[a-zA-Z/][^>]*>|\{[:#.][^}]*\}")


def numbers(text: str) -> list[Decimal]:
    """Decimals and powers of ten in prose or LaTeX, at the precision written."""
    found = NUMBER.findall(plain(REFERENCE.sub(" ", text)))
    return [Decimal(sign + body) for sign, body in found]


def plain(text: str) -> str:
    """Text with each 3 × 10⁻⁵ as 3e-5."""
    powers = POWER.sub(_power, TIMES.sub(r"\1×", text))
    return re.sub(r"(\d)×10", r"\1e", powers).translate(PLAIN)


def _power(match: re.Match[str]) -> str:
    """10^{-5} and 10⁻⁵ as 1e-5, or as the end of 2×10..."""
    exponent = match[1] or match[2].translate(PLAIN)
    after_factor = match.string[: match.start()].endswith("×")
    return f"10{exponent}" if after_factor else f"1e{exponent}"


def is_printed(number: Decimal, printed: Iterable[Decimal]) -> bool:
    """Whether an output, at least as precise, rounds to the number as written."""
    exponent = int(number.as_tuple().exponent)
    return any(
        int(other.as_tuple().exponent) <= exponent
        and (other if number < 0 else abs(other)).quantize(number) == number
        for other in printed
    )


def printed_by(outputs: Iterable[str]) -> list[Decimal]:
    """Every number in what snippets print, at the precision printed."""
    texts = {text for out in outputs for text in PRINTED.findall(out.translate(PLAIN))}
    return [Decimal(text) for text in texts]


def unprinted(
    page: Page, outputs: Iterable[str], choices: Mapping[str, str | None]
) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) for numbers that nothing prints and needless exemptions.

    `outputs` are those of the page's snippets; `choices` those of the values to try, by
    the address of the value, or None where that run is still under way. A fold or box
    may also quote the runs that it links to; a wrong answer to choose from, anything.
    """
    listed = page.front.get("numbers") or {}
    if not isinstance(listed, dict):
        yield page.line_of("numbers:"), "numbers must map a number to its reason"
        return
    exempt = {str(name): next(iter(numbers(str(name))), None) for name in listed}
    printed, linked = printed_by(outputs), list(page.linked())
    used: set[Decimal] = set()
    unknown: dict[str, int] = {}
    prose = WRONG.sub(blank, MARKUP.sub(blank, page.prose))
    for line, text in enumerate(prose.split("\n"), 1):
        names = [name for lines, names in linked if line in lines for name in names]
        runs = [choices.get(name, "") for name in names]
        may_be = printed + printed_by(run for run in runs if run)
        for number in numbers(text):
            used.add(number)
            known = number in exempt.values() or is_printed(number, may_be)
            if not known and None not in runs:
                unknown.setdefault(str(number), line)
    for digits, line in unknown.items():
        what = f"no snippet of this page prints {digits}"
        yield line, f"{what}; print it, or exempt a definition under `numbers:`"
    for name, free in exempt.items():
        if free is None:
            yield page.line_of(name), f"{name} is no decimal number or power of ten"
        elif free not in used:
            yield page.line_of(name), f"the exemption of {name} is not used; remove it"
