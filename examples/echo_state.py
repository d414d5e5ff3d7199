"""How far back does a reservoir remember? An echo state network in numpy, through its step.

python examples/echo_state.py
"""

import numpy as np

import infoscope as isc

UNITS, STEPS, SEED = 500, 1500, 0


def reservoir(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return sparse recurrent weights of spectral radius 0.9, and input weights (Jaeger 2001)."""
    W = rng.normal(size=(UNITS, UNITS)) * (rng.random((UNITS, UNITS)) < 0.05)
    return 0.9 * W / np.abs(np.linalg.eigvals(W)).max(), rng.uniform(-0.5, 0.5, UNITS)


def held_out(states: np.ndarray, wanted: np.ndarray) -> float:
    """Return r^2 of a ridge regression on rows that it was not fitted to."""
    fit = len(states) * 2 // 3
    known, weights = states[:fit], np.eye(states.shape[1]) * 1e-6
    weights = np.linalg.solve(known.T @ known + weights, known.T @ wanted[:fit])
    return np.corrcoef(states[fit:] @ weights, wanted[fit:])[0, 1] ** 2


def main() -> dict[str, object]:
    """Record the reservoir, and answer with numbers."""
    rng = np.random.default_rng(SEED)
    W, V = reservoir(rng)

    def step(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h = np.tanh(W @ h + V * x)
        return h[:1], h

    u = rng.uniform(-1, 1, (STEPS, 1))
    rec = isc.record(step, u, state=np.zeros(UNITS))
    print(rec)

    # The network as a whole: how much of the input k steps ago can be read from all its states.
    h, skip = rec.rows("h"), 100
    print("\ninput k steps ago:  r^2 of a linear readout   bits in the most informed of 8 units")
    memory = {}
    for k in (0, 1, 2, 5, 10, 20, 40):
        now, then = h[skip:], u[skip - k : STEPS - k, 0]
        r2 = held_out(now, then)
        bits = max(isc.mutual_information(then, now[:, unit]).bits for unit in range(8))
        memory[f"r2 {k}"], memory[f"bits {k}"] = r2, bits
        print(f"  k = {k:2d}             {r2:.2f}                        {bits:.2f}")

    # A few units as a graph, with error rates: which of them receive the input.
    few = isc.Recording.from_arrays(inputs=u[None], hidden=h[None, :, :8], aligned="layers")
    tested = isc.information_flow(few).significance(surrogates=99, random_state=SEED)
    graph = tested.graph(0.05)
    received = [f"h{i}" for i in range(8) if graph.has_edge("x0", f"h{i}")]
    true = [f"h{i}" for i in np.argsort(-np.abs(V[:8]))]
    print(f"\n8 of {UNITS} units, edges at a family-wise error of 5 %: {graph.number_of_edges()}")
    print(f"units that receive the input significantly: {', '.join(received) or 'none'}")
    print(f"units by the size of their input weight:    {', '.join(true)}")
    return memory | {"received": received, "by weight": true}


if __name__ == "__main__":
    main()
