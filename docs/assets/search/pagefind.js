// Pagefind's module, for its dialog, with a search that forgives: Pagefind itself finds a
// page only if it has every word of the query, so that one word too many finds nothing.
import * as pagefind from "../../pagefind/pagefind.js"

/** What people type to find a page (`keywords:` of its front matter) counts most, then its
 * title. tests/site/test_search.py holds it to what they are to find first. */
const ranking = { metaWeights: { keywords: 20, title: 10 } }

/** Words that tell no page from another. */
const SMALL = new Set(`a about after all also am an and any are as at be been but by can could did do
  does doing for from get gets had has have having how i if in into is it its just keep keeps like me
  my of on only or our should so some such than that the their them then there these they this
  to too use used using very versus vs was we were what when where which while who why will with would
  you your explain explained simply really`.split(/\s+/))

/** A page's place by all words that it has, most by those that few pages have. */
const forgiving = search => async (term, options) => {
  const words = term?.toLowerCase().match(/[\p{L}\p{N}_.%+-]+/gu) ?? []
  const telling = words.filter(word => !SMALL.has(word))
  if (telling.length < 2 || term.includes('"')) return search(telling[0] ?? term, options)
  const answers = await Promise.all([telling.join(" "), ...telling].map(it => search(it, options)))
  const found = new Map()
  for (const { results } of answers)
    for (const result of results) {
      const page = found.get(result.id) ?? { ...result, score: 0, hits: 0 }
      found.set(result.id, { ...page, score: page.score + result.score, hits: page.hits + 1 })
    }
  const results = [...found.values()].sort((one, other) => other.score * other.hits - one.score * one.hits)
  return { ...answers[0], results, unfilteredResultCount: results.length }
}

export const createInstance = options => {
  const basePath = new URL("../../pagefind/", import.meta.url).pathname
  const made = pagefind.createInstance({ ...options, basePath, ranking })
  made.search = forgiving(made.search.bind(made))
  return made
}
