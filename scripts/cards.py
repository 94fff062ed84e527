"""A figure on a page as a card: message, figure, how measured; values, script, output."""

import html
from collections.abc import Iterable
from textwrap import indent

from pages import Found
from snippets import Choice, Result

CARD = """\
!!! card "{title}"

    ![{alt}]({up}figures/{stem}.svg)
    {{: #card-{stem} }}

{measured}    <button type="button" class="copy" hidden>Copy script</button>
    [Download {stem}.py]({up}snippets/{room}.py){{ download }}
    {{: .tools }}

{values}    ??? script "Script and output"

        ``` {{.python #{stem} title="{stem}.py"}}
{source}
        ```

        ``` {{.text title="Output"}}
{output}
        ```
"""
MEASURED = "    How it was measured: {}\n    {{: .measured }}\n\n"
VALUES = """\
    ??? try "Change one thing"

        <span role="group" aria-label="Run it with another value">
        <label><input type="radio" name="try-{stem}" id="{stem}:as-written" autocomplete="off" checked> as written</label>
{rows}
        </span>

        <span class="said" role="status"></span>

"""
ROW = '        <span class="constant"><code>{name} =</code> {labels}</span>'
LABEL = (
    '<label><input type="radio" name="try-{stem}" id="{stem}:{slug}" autocomplete="off" data-constant="{name}" '
    'data-value="{value}" data-files="{files}"> {value}</label>'
)
ENTRY = """
<div class="picture" markdown>

![{alt}](../figures/{stem}.svg)

**{title}** [{page}](../{name}#card-{stem}) ·
[{stem}.py](../snippets/{room}.py){{ download }}

</div>
"""


def card(found: Found, result: Result, choices: Iterable[Choice], name: str) -> str:
    """The card of a figure on a page, as Markdown, indented like the figure."""
    alt, stem = found.parts
    title, measured = result.about
    up = "../" * name.count("/")
    made = CARD.format(
        stem=stem,
        title=title.replace('"', "&quot;"),
        alt=alt,
        up=up,
        measured=MEASURED.format(measured) if measured else "",
        room=result.room,
        values=values(stem, result, list(choices), name),
        source=indent(result.source.rstrip("\n"), " " * 8),
        output=indent(result.output.rstrip("\n"), " " * 8),
    )
    return indent(made, found.indent)


def values(stem: str, result: Result, choices: list[Choice], name: str) -> str:
    """The controls for the values of a snippet, a row for each constant."""
    if not choices:
        return ""
    up = "../" * (name.count("/") + (not name.endswith("index.md")))  # from its address
    rows = []
    for constant in dict.fromkeys(choice.name for choice in choices):
        labels = (
            LABEL.format(
                stem=stem,
                slug=it.slug,
                name=constant,
                value=html.escape(it.value),
                files=f"{up}snippets/{result.room}/{it.slug}",
            )
            for it in choices
            if it.name == constant
        )
        rows.append(ROW.format(name=constant, labels=" ".join(labels)))
    return VALUES.format(stem=stem, rows="\n".join(rows))


def gallery(shown: Iterable[tuple[str, str, str, Found]], results: dict[str, Result]) -> str:
    """Every figure: (part of the navigation, page's name, its title, the figure)."""
    parts: dict[str, str] = {}
    for part, name, page, found in shown:
        alt, stem = found.parts
        entry = ENTRY.format(
            alt=alt,
            stem=stem,
            title=results[stem].about[0],
            page=page,
            name=name,
            room=results[stem].room,
        )
        parts[part] = parts.get(part, "") + entry
    box = '## {}\n\n<div class="gallery" markdown>\n{}\n</div>\n'
    return "\n".join(box.format(part, entries) for part, entries in parts.items())
