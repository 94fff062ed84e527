// 32 threes and 32 eights of the labs: 8 × 8 pixels, ink from 0 to 4. Loaded when chosen.
import { frame, put } from "./chart.js"

/** One byte a pixel, image after image; compressed by zlib, then base64: Python has both. */
export const PACKED = "eNp1V1l2xDAIM4j7n7mOkTD4TfvRTBKzCbFkLQ+s/efwsH21hXO/LJ/vP9QP/w6axbni3JpH+BY0uJ/nW+FRtJCXq8jSgOM7ZwBo+Jz/5GX5KL5ySD375Pm/9X/XiHy+/U+zls+Xl13J6cfR/9nHcS/l8m4/LvPUg1dPvjdD5OsUBMP99OaPhGF76A9+571b4hTIACIIWymifXvl88EB/Nq3khfuTGjDwYVDaiPeaV7XE5eNwAt/PPiDcqvH737lfcjrmvblf1z/Ux+fV97l98VTfJHckrwdcobsxsRf9ydvW3vGH+m3IeXNDeKvXbZX2N9J3oJeKlssBJOjxSN78FP8lnLMVrptEJArHvzlv/Kf9RPin9wmr8rwP/gJB2UJhf/N3+DPLZ90nAGE+JPhb+OINfnz3NMRY/1n/VkUag9fbfhbjpgzj0yA8hf2BuyxxpX4WeYj1GXEA8PLO3vrz+i/JcuZR/YRf+K9PEZ/Xv0OR776mL35f+WZMQ/1DeGGWf9W9f/g6OofiRf7HsQ/91l4tw+NuOiG+F8Kogjw1MESjjM9XvkDnSO9LGbaTT84fzhnVO6uPsK+gIK/+DuIpT7d5Jn/U+jbPiZ9TfzZpnnAe98r+xwvirsVWAfgc7TlUWnf3o/yaum/+QMHNdg/bdqngrIrvKd9KH7Nz9EHvnbHBoXeqLZWJO+IY80/J/9kn3Nd7QaEE4v3NsdrvQ8M+yIGmIfI/OwgijCrzx3QEdUxj9VW4Cozn/CADmz5UBy9DDXnwtmvqL/mposHzoLiwgKLDrBoGDbG9E4X+2fi5qWfDpZ9XavKBv+2FSeRhNswa6G0uOIiPQhM8MBuS8IBnYc1732O+Ru/AJ/5LzqyjGDvmnMH4eoDocb43DOUp2rc5IXml0N63i1k8q3GG6b/d42a659fvrAt1dX6HnP5Gd3vjzcx34uQlGf/2GNFeZz5Jy+/+L0tYPKjJboPFqXDVHdheMbEnaOy0/qjYN5wvPHJf1t97fz4of7RgVdZoQqx1j3VWe2nDy9s1L+Z+lLufbUllf0azIO/csdnXYsQl3+I3nfZrsvuPl7428Rfc40Ol//d7td+R2O8ebjyawBP+wA6Dxp+a9Zf4Tf0ft9Xo37uAu+/4lbjld7iJXL+VfzVJ/055/LfRh3c+hgFhWwMW4mjr0PFA0+m7faNoVBzIp9vljs6/WpOoL5T+hpXceyqcc9yP9+zQbwKX0we2d0z+F2U+8HWo8W253/7lX0e/JAovul7Ju1/7jr3hIEv50/VQV/gtP9ayms/xhqDUN/t5d9+/gdTrRR7"

/** The ink (64, 64), an image a row. @returns {Promise<Uint8Array>} */
export const unpack = async () => {
  const bytes = Uint8Array.from(atob(PACKED), it => it.charCodeAt())
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

const ACROSS = 13, CELL = 25, DOT = 2.75 // units
let ink

/** Draws the images, threes and eights each in a color; a frame is around what is wrong. */
export const draw = async (svg, now) => {
  const { y, score, options: { points } } = now
  ink ??= await unpack()
  if (svg.now != now) return // other data was chosen meanwhile
  const at = { ...frame({ x: [0, 1], y: [0, 1], xticks: [], yticks: [] }), markup: "" }
  const d = Array.from({ length: 8 }, () => ""), half = points / 2
  let frames = "", right = 0
  for (let i = 0; i < points; i++) {
    const left = 8 + (i % ACROSS) * CELL, top = 18 + Math.floor(i / ACROSS) * CELL, second = i >= half
    for (let k = 0; k < 64; k++) {
      const shade = ink[(second ? 32 + i - half : i) * 64 + k]
      if (shade) d[4 * second + shade - 1] += `M${left + (k % 8) * DOT} ${top + (k >> 3) * DOT}h${DOT}v${DOT}h-${DOT}z`
    }
    if (score[i] * y[i] > 0) right++
    else frames += `M${left - 1.5} ${top - 1.5}h25v25h-25z`
  }
  const body = d.map((it, k) => `<path d="${it}" fill="var(--c${k >> 2})" fill-opacity="${(1 + k % 4) / 4}"/>`).join("")
  put(svg, at, `${body}<path d="${frames}" fill="none" stroke="var(--c6)"/>`,
    `${right} of ${points} digits are on the right side.`)
}
