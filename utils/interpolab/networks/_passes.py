"""The sweeps through a network's layers that all derivatives are made of.

Layer l computes ``a = c h W' + b`` from the activations h below it, and then
``sigma(a)``.  Every array may carry leading axes, one entry for each of several
networks that are worked on at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interpolab._validation import FloatArray
from interpolab.networks.activations import Activation, one


class Layer(NamedTuple):
    """Weights (..., out, in), biases (..., out) and what surrounds them."""

    weights: FloatArray
    bias: FloatArray | None
    scale: float
    activation: Activation


class State(NamedTuple):
    """What one layer saw and made of it: (..., n, in), (..., n, out) twice."""

    inputs: FloatArray
    pre: FloatArray
    post: FloatArray


def _turned(array: FloatArray) -> FloatArray:
    return array.swapaxes(-1, -2)


def run_forward(layers: list[Layer], X: FloatArray) -> list[State]:
    """Evaluate all layers, the first one first."""
    states, below = [], X
    for layer in layers:
        pre = below @ _turned(layer.weights)
        if layer.scale != 1.0:
            pre *= layer.scale
        if layer.bias is not None:
            pre += layer.bias[..., None, :]
        states.append(State(below, pre, layer.activation.value(pre)))
        below = states[-1].post
    return states


def slope(layer: Layer, state: State) -> FloatArray | None:
    """Return sigma'(a), or None if it is one everywhere."""
    if layer.activation.slope is one:
        return None
    return layer.activation.slope(state.pre, state.post)


def run_backward(
    layers: list[Layer], states: list[State], seed: FloatArray
) -> list[FloatArray]:
    """Return the derivatives by all pre-activations of ``sum(seed * outputs)``."""
    signals: list[FloatArray] = []
    signal = seed
    for level in range(len(layers) - 1, -1, -1):
        factor = slope(layers[level], states[level])
        if factor is not None:
            signal = signal * factor
        signals.append(signal)
        if level:
            signal = (layers[level].scale * signal) @ layers[level].weights
    return signals[::-1]


def run_tangent(
    layers: list[Layer], states: list[State], changes: list[Layer]
) -> list[State]:
    """Return the derivatives of all states along a change of the parameters."""
    tangents: list[State] = []
    below: FloatArray | None = None
    for layer, state, change in zip(layers, states, changes, strict=True):
        pre = layer.scale * (state.inputs @ _turned(change.weights))
        if below is not None:
            pre = pre + layer.scale * (below @ _turned(layer.weights))
        if change.bias is not None:
            pre = pre + change.bias[..., None, :]
        factor = slope(layer, state)
        post = pre if factor is None else pre * factor
        moved = np.zeros_like(state.inputs) if below is None else below
        tangents.append(State(moved, pre, post))
        below = post
    return tangents


def run_backward_tangent(
    layers: list[Layer],
    states: list[State],
    signals: list[FloatArray],
    changes: list[Layer],
    tangents: list[State],
    seed: FloatArray,
) -> list[FloatArray]:
    """Return the derivatives of all backward signals along the same change."""
    moved: list[FloatArray] = []
    # above: what arrives from the layer above; lift: how that changes.
    above, lift = seed, np.zeros_like(seed)
    for level in range(len(layers) - 1, -1, -1):
        layer, state, tangent = layers[level], states[level], tangents[level]
        bend = layer.activation.curvature(state.pre, state.post)
        factor = slope(layer, state)
        signal = above * bend * tangent.pre
        signal = signal + (lift if factor is None else lift * factor)
        moved.append(signal)
        if level:
            above = layer.scale * (signals[level] @ layer.weights)
            lift = layer.scale * (
                signal @ layer.weights + signals[level] @ changes[level].weights
            )
    return moved[::-1]
