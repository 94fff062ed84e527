"""Numbers in prose: a snippet of the page prints each decimal and power of ten."""

import re
from collections.abc import Iterable
from decimal import Decimal
from html.parser import HTMLParser

PLAIN = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
POWER = re.compile(r"10(?:\^\{?(-?\d+)\}?|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
TIMES = re.compile(r"(\d)\s*(?:×|\\times|\\cdot)\s*(?=10[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹])")
NUMBER = re.compile(
    r"((?<![\w)\]}])-)?(?<![\w.])(\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?!\.?\d)"
)
PRINTED = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
REFERENCE = re.compile(
    r"arXiv:\s*\S+|\b10\.\d{4,}/\S+|https?://\S+"
)  # names, not numbers


class Text(HTMLParser):
    """Collects the prose of a page: text and alternative texts, but no code."""

    def __init__(self) -> None:
        """Start outside of any code."""
        super().__init__()
        self.parts: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter code, or note an image's alternative text."""
        self.depth += tag in ("pre", "code")
        self.parts += [" "] + [value or "" for name, value in attrs if name == "alt"]

    def handle_endtag(self, tag: str) -> None:
        """Leave code."""
        self.depth -= tag in ("pre", "code")
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        if not self.depth:
            self.parts.append(data)


def numbers(text: str) -> list[Decimal]:
    """Decimals and powers of ten in prose or LaTeX, at the precision written."""
    text = REFERENCE.sub(" ", text)
    text = TIMES.sub(r"\1×", text)
    text = re.sub(r"(\d)×10", r"\1e", POWER.sub(_power, text))
    return [
        Decimal(sign + body) for sign, body in NUMBER.findall(text.translate(PLAIN))
    ]


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


def unprinted(
    page: str, outputs: Iterable[str], exempt: Iterable[str]
) -> tuple[list, list]:
    """Numbers of a page that nothing prints, and exemptions that nothing uses."""
    text = Text()
    text.feed(re.sub(r"<pre\b.*?</pre>", " ", page, flags=re.S))  # slow to parse
    found = {str(number): number for number in numbers("".join(text.parts))}.values()
    texts = {text for out in outputs for text in PRINTED.findall(out.translate(PLAIN))}
    printed = [Decimal(text) for text in texts]
    allowed = {numbers(name)[0]: name for name in exempt}
    loose = [n for n in found if n not in allowed and not is_printed(n, printed)]
    unused = [name for number, name in allowed.items() if number not in found]
    return loose, unused
