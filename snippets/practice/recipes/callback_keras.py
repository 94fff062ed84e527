"""Keras fit: the monitor looks at the network before the first epoch and after each."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # must precede the import
import keras
import numpy as np
from monitor_keras import diagnose


class Diagnose(keras.callbacks.Callback):
    """Diagnose a few batches of yours: `fit` hands out neither batch nor gradient."""

    def __init__(self, batches):
        """Take batches as `fit` would get them."""
        super().__init__()
        self.batches, self.reports = [*batches], []

    def on_train_begin(self, logs=None):
        """Before the first step."""
        self.on_epoch_end(0)

    def on_epoch_end(self, epoch, logs=None):
        """With the weights of the moment, which stay as they are."""
        self.reports.append(diagnose(self.model, self.batches, quiet=True))


# ---- Paste or import what is above. Below: an example. ----
def example():
    """Twelve sigmoid layers: too many."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(16, "sigmoid") for _ in range(12)]
    model = keras.Sequential([keras.Input((16,)), *layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.random.default_rng(0).normal(size=(128, 16)).astype("float32")
    look = Diagnose([(x[:64], x[:64, :1])])
    print(f"Keras {keras.__version__} on JAX")
    model.fit(x, x[:, :1], epochs=1, verbose=0, callbacks=[look])
    for epoch, report in enumerate(look.reports):
        for finding in report.findings or ["the signal is fine"]:
            print(f"after {epoch} epochs: {getattr(finding, 'what', finding)}")


if __name__ == "__main__":
    example()
