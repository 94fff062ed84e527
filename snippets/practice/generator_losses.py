"""Where the discriminator is sure, one loss of the generator is flat, the other is not.

The size of the gradient at the discriminator's output, before its sigmoid: exact."""

import matplotlib.pyplot as plt
import numpy as np


def gradients(logit):
    """Slopes of log(1 - D) and of -log D, with D the sigmoid of the logit."""
    D = 1 / (1 + np.exp(-logit))
    return -D, D - 1


print("        D   log(1 - D)     -log D")
for D in (1e-5, 1e-3, 0.5):
    row = np.abs(gradients(np.log(D / (1 - D))))
    print(f"{D:9g}{row[0]:13g}{row[1]:11g}")

D = np.geomspace(1e-5, 0.999, 300)
first, second = np.abs(gradients(np.log(D / (1 - D))))
plt.figure(figsize=(5.6, 3.4), layout="constrained")
plt.loglog(D, first, "C9-.", D, second, "C7")
plt.text(2e-4, 1.6, "−log D", color="C7")
plt.text(1e-3, 1e-4, "log(1 − D)", color="C9")
plt.xlabel("D, how real a fake looks to the discriminator")
plt.ylabel("size of the gradient")
plt.ylim(1e-6, 10)
plt.show()
