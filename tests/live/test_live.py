"""A live figure is mounted where the reader comes by, and moves nobody from there."""

import pytest

# A figure, far below it what the address asks for; the reader is at one place.
VISIT = """const from = location.href, frame = () => new Promise(requestAnimationFrame)
  document.body.style.overflowAnchor = "none" // as in browsers that know it not
  document.body.innerHTML = `<div style="height: 1000px"></div>
    <div data-live="product"></div><p id="there">What the address asks for.</p>
    <div style="height: 3000px"></div>`
  if (given.far) document.body.append(document.querySelector("#there"))
  history.replaceState(null, "", "#there")
  const there = document.querySelector("#there")
  scrollTo(0, given.far ? 900 : there.offsetTop)
  const top = () => there.getBoundingClientRect().top
  const place = () => Math.round(given.far ? scrollY : top())
  const before = place()
  let leave
  window.document$ = { subscribe: visited => (leave = visited)() }
  await import(`../live.js?${given.far}`)
  while (!document.querySelector(".live")) await frame()
  await frame()
  const after = place()
  document.body.innerHTML = document.body.style.overflowAnchor = ""
  leave()
  history.replaceState(null, "", from)
  return [before, after]"""


@pytest.mark.parametrize("far", [True, False])
def test_where_one_reads_stays_in_view_when_a_figure_grows_above_or_below(engine, far):
    before, after = engine(VISIT, {"far": far})
    assert after == before
