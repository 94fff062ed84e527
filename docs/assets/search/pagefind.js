// Pagefind's module, for its dialog, with a search that forgives. Pagefind finds a page only if
// it has every word of the query, so that one word too many finds nothing; and it counts words,
// so that "loss" of one keyword and "stuck" of another weigh as much as the keyword "loss stuck".
import * as pagefind from "../../pagefind/pagefind.js"

/** What people type to find a page (`keywords:` of its front matter) counts most, then its
 * title. tests/site/test_search.py holds it to what they are to find first. */
const ranking = { metaWeights: { keywords: 20, title: 10 } }
const LOOKED_AT = 12 // of Pagefind's pages, each a file of some 5 kB

/** Words that tell no page from another. */
const SMALL = new Set(`a about after all also am an and any are as at be been but by can could did do
  does doing for from get gets had has have having how i if in into is it its just keep keeps like me
  my of on only or our should so some such than that the their them then there these they this
  to too use used using very versus vs was we were what when where which while who why will with would
  you your explain explained simply really`.split(/\s+/))

/** The words that tell: "clip_grad_norm_" has three, "0.693" is one. */
const wordsOf = text => (text.toLowerCase().match(/[\p{L}\p{N}]+(?:\.\p{N}+)*/gu) ?? [])
  .filter(it => !SMALL.has(it))

/** All groups of three letters: an ending, a hyphen or a typing error changes few of them. */
const groupsOf = text => {
  const words = `_${wordsOf(text).join("_")}`
  return new Set([...words.slice(2)].map((_, at) => words.slice(at, at + 3)))
}

const known = {} // phrases of pages: title and keywords, and headings, which count less
const phrasesOf = async page => {
  const { meta, anchors } = await page.data()
  const headings = anchors.filter(it => /^h[23]$/.test(it.element)).map(it => it.text)
  return [meta.title, ...(meta.keywords ?? "").split(", ")].map(it => [groupsOf(it), 1])
    .concat(headings.map(it => [groupsOf(it), 0.7]))
}

/** Pages by their phrase that is most like the query: the cosine between their groups, of which
 * rare ones count more. What Pagefind thinks decides between equals. */
const byPhrase = async (query, pages) => {
  await Promise.all(pages.map(async page => (known[page.id] ??= await phrasesOf(page))))
  const having = pages.map(page => new Set(known[page.id].flatMap(([groups]) => [...groups])))
  const rarity = it => Math.log(1 + pages.length / (having.filter(has => has.has(it)).length + 0.5))
  const weight = groups => groups.reduce((sum, it) => sum + rarity(it) ** 2, 0)
  const asked = [...groupsOf(query)], best = pages[0]?.score || 1
  const alike = groups => weight(asked.filter(it => groups.has(it)))
    / Math.sqrt(weight(asked) * weight([...groups]) || 1)
  return pages.map(page => ({ ...page, score: 0.05 * page.score / best
    + Math.max(...known[page.id].map(([groups, share]) => share * alike(groups))) }))
    .sort((one, other) => other.score - one.score)
}

/** A search for all words and for each, so that a page with most of them comes first. */
const forgiving = search => async (term, options) => {
  const words = wordsOf(term ?? "")
  if (!words.length || /^\s*".+"\s*$/.test(term)) return search(term, options) // letter for letter
  const searched = new Set([words.join(" "), ...words.filter(it => it.length > 1)])
  const answers = await Promise.all([...searched].map(it => search(it, options)))
  const found = {}
  for (const result of answers.flatMap(it => it.results)) {
    const page = (found[result.id] ??= { ...result, score: 0, hits: 0 })
    Object.assign(page, { score: page.score + result.score, hits: page.hits + 1 })
  }
  const pages = Object.values(found).sort((one, other) => other.score * other.hits - one.score * one.hits)
  const results = [...await byPhrase(term, pages.slice(0, LOOKED_AT)), ...pages.slice(LOOKED_AT)]
  return { ...answers[0], results, unfilteredResultCount: results.length }
}

export const createInstance = options => {
  const basePath = new URL("../../pagefind/", import.meta.url).pathname
  const made = pagefind.createInstance({ ...options, basePath, ranking })
  made.search = forgiving(made.search.bind(made))
  return made
}
