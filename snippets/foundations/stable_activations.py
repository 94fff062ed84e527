"""Careful formulas keep the digits that textbook ones lose.
float64, against decimal numbers of 60 digits; nothing is random."""

from decimal import Decimal, localcontext

import matplotlib.pyplot as plt
import numpy as np

TEXTBOOK = {  # each formula maps z (n,) to (n,)
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "sigmoid slope": lambda z: (1 - 1 / (1 + np.exp(-z))) / (1 + np.exp(-z)),
    "tanh slope": lambda z: 1 - np.tanh(z) ** 2,
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "ELU": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "leaky, α = 2": lambda z: np.maximum(2 * z, z),
}
CAREFUL = {  # the argument of exp is never positive, so exp cannot overflow
    "sigmoid": lambda z: np.where(z > 0, 1, np.exp(-abs(z))) / (1 + np.exp(-abs(z))),
    "sigmoid slope": lambda z: np.exp(-abs(z)) / (1 + np.exp(-abs(z))) ** 2,
    "tanh slope": lambda z: 4 * np.exp(-2 * abs(z)) / (1 + np.exp(-2 * abs(z))) ** 2,
    "softplus": lambda z: np.maximum(z, 0) + np.log1p(np.exp(-abs(z))),
    "ELU": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "leaky, α = 2": lambda z: np.where(z > 0, z, 2 * z),
}
PANELS = {  # name: (colour, z, exact value from the Decimal e = exp(z))
    "ELU": ("C4", -np.logspace(-17, 0, 150), lambda e: e - 1),
    "softplus": ("C7", -np.linspace(0, 45, 150), lambda e: (1 + e).ln()),
    "tanh slope": ("C1", -np.linspace(0, 25, 150), lambda e: 4 / (e + 1 / e) ** 2),
}


def relative_error(formula, z, exact):  # exact: a function of exp(z), to 60 digits
    with localcontext(prec=60):
        truth = np.array([exact(Decimal(x).exp()) for x in z])
        return abs([Decimal(y) for y in formula(z)] / truth - 1).astype(float)


print("formula            z        textbook         careful")
for z in (-1000.0, -40.0, -1e-10, 40.0, 1000.0):
    for name, formula in TEXTBOOK.items():
        careful = f"{CAREFUL[name](z):.9g}"
        try:
            with np.errstate(over="raise"):
                textbook = f"{formula(z):.9g}"
        except FloatingPointError:
            textbook = "exp overflows"
        if textbook != careful:
            print(f"{name:13} {z:6g} {textbook:>15} {careful:>15}")

fig, axes = plt.subplots(3, 1, sharey=True, figsize=(5.6, 7.4), layout="constrained")
for ax, (name, (color, z, exact)) in zip(axes, PANELS.items(), strict=True):
    for formula, style in (TEXTBOOK[name], ":"), (CAREFUL[name], "-"):
        error = relative_error(formula, z, exact) + 1e-17  # an error of 0 shows too
        ax.semilogy(-z, error, style, color=color, lw=2)
    ax.text(-z[60], 3e-3, "textbook", ha="center")
    ax.text(-z[75], 3e-15, "careful", ha="center")
    ax.set(title=name, xlabel="−z", ylabel="relative error")
ticks = 10.0 ** np.arange(-16, 1, 4)
axes[0].set(xscale="log", xticks=ticks, ylim=(1e-18, 10), yticks=ticks)
plt.show()
