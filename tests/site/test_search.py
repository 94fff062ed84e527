"""Who searches in their own words finds the page that answers, first of all.

The words are those of public questions: forums, issue trackers, search boxes.
"""

import pytest
from playwright.sync_api import expect
from test_browser import FIELD, RESULTS, found

QUERIES = {  # the page that must come first: what people type
    "": ["why deep networks stop learning"],
    "tour/": ["where to begin", "introduction for beginners"],
    "bench/": ["neural network playground", "interactive demo of a network"],
    "foundations/backpropagation/": [
        "chain rule",
        "backprop explained",
        "how are gradients computed",
        "back propagation",
        "back-propagation algorithm matrix form",
    ],
    "foundations/activation-functions/": [
        "derivative of sigmoid",
        "tanh vs sigmoid",
        "gelu derivative",
        "relu derivative at zero",
        "relu not differentiable at 0",
    ],
    "vanishing-gradients/": [
        "vanishing gradient",
        "vanishing gradient problem",
        "what are vanishing gradients",
        "vanishing gradient".replace("e", "a"),  # typed wrongly
        "gradients disappear in deep network",
    ],
    "vanishing-gradients/products/": ["0.25 to the power of n layers"],
    "vanishing-gradients/gradient-decay/": [
        "gradient norm per layer",
        "how fast do gradients vanish with depth",
    ],
    "vanishing-gradients/sigmoid-network/": [
        "backpropagation example with numbers",
        "sigmoid network by hand",
        "manual backprop step by step numerical example",
    ],
    "vanishing-gradients/saturation/": [
        "saturated neurons",
        "why sigmoid is bad",
        "tanh output stuck at -1 or 1",
    ],
    "vanishing-gradients/floating-point/": [
        "float16 underflow",
        "mixed precision",
        "loss scaling",
        "bfloat16",
        "non zero gradient but weights unchanged bfloat16",
        "Current loss scale already at minimum - cannot decrease scale anymore",
        "bf16 or fp16",
        "Gradient overflow. Skipping step, loss scaler 0 reducing loss scale to 256.0",
        "pure bf16 weights not updating",
    ],
    "vanishing-gradients/saturated-outputs/": [
        "cross entropy vs mse",
        "softmax saturation",
        "why divide attention by sqrt d",
        "BCEWithLogitsLoss",
        "scaled dot product attention why sqrt(d_k)",
    ],
    "vanishing-gradients/training/": [
        "adam epsilon",
        "early layers not learning",
        "does adam fix vanishing gradients",
        "loss plateaus for many epochs then suddenly drops",
    ],
    "vanishing-gradients/exploding/": [
        "exploding gradient",
        "exploding gradients",
        "gradient explosion",
        "my loss is nan",
        "loss nan",
        "clip_grad_norm",
        "gradient clipping",
        "loss goes to infinity",
        "which value of max_grad_norm to use",
        "clip gradients by value or by norm",
    ],
    "vanishing-gradients/recurrent/": [
        "rnn",
        "backpropagation through time",
        "bptt",
        "truncated BPTT",
        "why can RNNs with LSTM units also suffer from exploding gradients",
        "largest eigenvalue of recurrent weight matrix",
    ],
    "dying-relu/": [
        "dying relu",
        "dead relu",
        "dead neurons",
        "relu outputs all zeros",
        "dead relus",
        "what is a dead neuron",
        "relu dying",
    ],
    "dying-relu/how-neurons-die/": [
        "learning rate too high",
        "warmup",
        "why do neurons die",
        "high learning rate kills relu units",
    ],
    "dying-relu/born-dead/": ["dead at initialization", "network dead from the start"],
    "dying-relu/revival/": [
        "can dead neurons come back",
        "revive dead relu",
        "do dead relus recover",
    ],
    "dying-relu/relu-versus-tanh/": ["relu vs tanh"],
    "remedies/": [
        "how to fix vanishing gradients",
        "how to fix dying relu",
        "solutions to vanishing gradient problem",
    ],
    "remedies/initialization/": [
        "xavier vs he",
        "he initialization",
        "weight initialization",
        "glorot uniform",
        "kaiming_normal_",
        "pytorch default initialization",
        "why is zero initialization bad",
    ],
    "remedies/activations/": [
        "leaky relu slope",
        "leaky relu vs relu",
        "which activation function to use",
        "gelu vs relu",
        "swish",
        "prelu",
        "leaky-relu alpha 0.01 or 0.2",
    ],
    "remedies/normalization/": [
        "batch norm",
        "batchnorm before or after relu",
        "layer norm vs batch norm",
        "validation loss >> train loss batch normalization same data",
        "BatchNorm behaves different in train() and eval()",
    ],
    "remedies/residual/": [
        "skip connection",
        "resnet",
        "residual connections",
        "layer norm before or after residual",
    ],
    "practice/diagnose/": [
        "why is my network not learning",
        "loss not decreasing",
        "loss stuck",
        "accuracy stuck at 10%",
        "weights not updating",
        "keras accuracy does not change",
        "loss is constant",
        "network predicts the same class for every input",
        "how to detect vanishing gradients",
        "neural network does not converge",
        "model.predict gives same output for all inputs",
        "param.grad NoneType",
        "Using model.eval() with batchnorm gives high error",
        "after loss.backward() the weight's grad is None",
        "loss.backward() can't update model parameters",
        "loss stays at 0.693",
        "model.eval() gives different results",
    ],
    "practice/recipes/": [
        "gradient is None",
        "plot gradient flow pytorch",
        "count dead neurons pytorch",
        "how to check for dead relu neurons",
        "log gradients per layer",
        "percentage of dead neurons",
        "pytorch hooks print gradients",
    ],
    "practice/gradient-checking/": [
        "gradient check",
        "numerical gradient",
        "finite differences",
        "is my backward pass right",
    ],
    "practice/labs/": ["jupyter notebook"],
    "practice/exercises/": ["exercises with solutions"],
    "practice/exercises-proofs/": ["proofs"],
    "practice/default/": ["best practice defaults", "which settings to start with"],
    "practice/from-which-depth/": [
        "how many layers before gradients vanish",
        "is my network too deep",
    ],
    "practice/fixes/": ["pytorch code to fix vanishing gradients"],
    "practice/transformer/": ["transformer", "pre-norm or post-norm"],
    "practice/lstm/": ["lstm", "gru", "forget gate bias"],
    "practice/gan/": [
        "gan",
        "generator not learning",
        "discriminator loss is 0.000",
        "minimax vs non saturating gan loss",
    ],
    "practice/actor/": [
        "reinforcement learning",
        "ddpg actor tanh saturates",
        "SAC actions stuck at the bounds",
    ],
    "reference/cheat-sheet/": ["cheat sheet", "summary of formulas"],
    "reference/claims/": ["misconceptions", "myths about relu"],
    "reference/gallery/": ["all figures"],
    "reference/glossary/": ["glossary", "definitions"],
    "reference/bibliography/": ["references", "papers", "Hochreiter 1991"],
}


@pytest.mark.timeout(300)
def test_nine_in_ten_queries_in_plain_words_find_the_right_page_first(visit, address):
    wanted = {query: page for page, queries in QUERIES.items() for query in queries}
    answers = found(visit(), address, [*wanted], most=1)
    missed = {
        f"{query}: {page or 'home'}, not {(answers[query] or ['nothing'])[0]}"
        for query, page in wanted.items()
        if answers[query][:1] != [page]
    }
    assert len(wanted) >= 60
    assert len(missed) <= len(wanted) / 10, "\n".join(sorted(missed))


def test_the_dialog_ranks_what_it_finds_in_the_same_way(visit):
    tab = visit()
    tab.keyboard.press("/")
    tab.locator(FIELD).fill("learning rate too high")  # many pages speak of it
    first = tab.locator(RESULTS).first
    expect(first).to_have_attribute("href", "/why/networks/dying-relu/how-neurons-die/")


def test_one_word_too_many_does_not_hide_what_the_others_find(visit, address):
    query = "gradient clipping in my zebra crossing network"
    answers = found(visit(), address, [query], most=1)
    assert answers == {query: ["vanishing-gradients/exploding/"]}
