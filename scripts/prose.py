"""Numbers in prose: a snippet of the page prints each decimal and power of ten."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pages import Page

PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
POWER = re.compile(r"10(?:\^\{?(-?\d+)\}?|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
TIMES = re.compile(r"(\d)\s*(?:×|\\times|\\cdot)\s*(?=10[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
NUMBER = re.compile(
    r"((?<![\w)\]}])-)?(?<![\w.])(\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?!\.?\d)"
)
PRINTED = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
REFERENCE = re.compile(r"arXiv:\s*\S+|\b10\.\d{4,}/\S+|https?://\S+")  # names
MARKUP = re.compile(r"\]\([^)]*\)|\]\[[^\]]*\]|<[a-zA-Z/][^>]*>|\{[:#.][^}]*\}")


def numbers(text: str) -> list[Decimal]:
    """Decimals and powers of ten in prose or LaTeX, at the precision written."""
    text = TIMES.sub(r"\1×", REFERENCE.sub(" ", text))
    text = re.sub(r"(\d)×10", r"\1e", POWER.sub(_power, text)).translate(PLAIN)
    return [Decimal(sign + body) for sign, body in NUMBER.findall(text)]


def _power(match: re.Match[str]) -> str:
    """10^{-5} and 10⁻⁵ as 1e-5, or as the end of 2×10..."""
    exponent = match[1] or match[2].translate(PLAIN)
    after_factor = match.string[: match.start()].endswith("×")
    return f"10{exponent}" if after_factor else f"1e{exponent}"


def is_printed(number: Decimal, printed: Iterable[Decimal]) -> bool:
    """Whether an output, at least as precise, rounds to the number as written."""
    exponent = number.as_tuple().exponent
    return any(
        other.as_tuple().exponent <= exponent
        and (other if number < 0 else abs(other)).quantize(Decimal((0, (1,), exponent)))
        == number
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
    may also quote the runs that it links to.
    """
    listed = page.front.get("numbers") or {}
    if not isinstance(listed, dict):
        yield page.line_of("numbers:"), "numbers must map a number to its reason"
        return
    exempt = {str(name): numbers(str(name)) for name in listed}
    for name in [name for name, found in exempt.items() if not found]:
        yield page.line_of(name), f"{name} is no decimal number or power of ten"
        del exempt[name]
    allowed, used = {found[0] for found in exempt.values()}, set()
    printed = printed_by(outputs)
    folds = list(page.choices_at())
    seen = set()
    for line, text in enumerate(MARKUP.sub(_blank, page.prose).split("\n"), 1):
        for number in numbers(text):
            used.add(number)
            if number in allowed or is_printed(number, printed):
                continue
            linked = [it for lines, named in folds if line in lines for it in named]
            said = [choices.get(it, "") for it in linked]
            if str(number) in seen or None in said:
                continue
            if not is_printed(number, printed_by(it for it in said if it)):
                seen.add(str(number))
                yield line, f"no snippet of this page prints {number}"
    for name, found in exempt.items():
        if found[0] not in used:
            yield page.line_of(name), f"the exemption of {name} is not used; remove it"


def _blank(match: re.Match[str]) -> str:
    """As many lines as before, and no text."""
    return " " + "\n" * match[0].count("\n")
