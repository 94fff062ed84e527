// The numbers of the bench as a table, layer by layer.
import { percent, short } from "./numbers.js"

export const listing = ({ layers }) => {
  const rows = layers.map((it, l) => `<tr><th scope="row">${l + 1}</th><td>${short(it.delta)}</td><td>${short(it.dW)}</td>` +
    `<td>${short(it.z)}</td><td>${percent(it.flat)}</td><td>${percent(it.dead)}</td></tr>`).join("")
  return `<table><thead><tr><th>layer</th><th>norm of δ</th><th>norm of ∂L/∂W</th>
    <th>rms of z</th><th>flat</th><th>dead</th></tr></thead><tbody>${rows}</tbody></table>`
}
