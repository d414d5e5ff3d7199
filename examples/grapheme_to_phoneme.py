"""Which units of a trained encoder carry letters, and what do knockouts change?

Two GRUs of 256 units from g2p-en 2.1.0 (K. Park, J. Kim; Apache-2.0), which need not be installed:
    pip download g2p-en==2.1.0 --no-deps && unzip g2p_en-2.1.0-py3-none-any.whl
    python examples/grapheme_to_phoneme.py g2p_en/checkpoint20.npz
"""

import sys
from pathlib import Path

import numpy as np
import torch

import infoscope as isc


def main(path: str, seed: int = 0, size: int = 16) -> dict[str, float]:
    """Record encoder and decoder, and answer with numbers."""
    w, random = dict(np.load(path)), np.random.default_rng(seed)
    lines = Path(path).with_name("homographs.en").read_text(encoding="utf-8").lower().splitlines()
    words = sorted({word for line in lines if (word := line.split("|")[0]).isalpha()})
    tokens = [[3 + ord(letter) - ord("a") for letter in word] + [2] for word in words]  # 2: </s>
    lengths = [len(one) for one in tokens]
    x = np.stack([w["enc_emb"][one + [0] * (max(lengths) - len(one))] for one in tokens])
    gru = torch.nn.GRU(x.shape[2], 256, batch_first=True)
    for name, own in gru.named_parameters():  # weight_ih_l0 is enc_w_ih, gates in torch's order
        own.data = torch.from_numpy(w["enc_" + name[0] + name[-6:-3]])
    h = isc.record(gru, x, lengths=lengths).rows("gru.l0.h")

    def cell(part, clamped):
        def step(x, h):  # in numpy; clamped units keep their mean
            i = x @ w[f"{part}_w_ih"].T + w[f"{part}_b_ih"]
            r = h @ w[f"{part}_w_hh"].T + w[f"{part}_b_hh"]
            gate = 1 / (1 + np.exp(-i[:, :512] - r[:, :512]))
            n = np.tanh(i[:, 512:] + gate[:, :256] * r[:, 512:])
            after = n + gate[:, 256:] * (h - n)
            after[:, clamped] = means[clamped]
            return (after @ w["fc_w"].T + w["fc_b"] if part == "dec" else None), after

        return step

    def pronounced(clamped):
        encoded = isc.record(cell("enc", list(clamped)), x, state=0 * x[:, 0], lengths=lengths)
        last = encoded["h"].values[range(len(words)), np.array(lengths) - 1]
        said = isc.record(  # in a closed loop, from <s>
            cell("dec", []), np.tile(w["dec_emb"][2], (len(words), 20, 1)),
            state=last.astype(np.float32), feedback=lambda y, _: w["dec_emb"][y.argmax(-1)],
        )["outputs"].values.argmax(-1).tolist()  # fmt: skip
        return [one[: [*one, 3].index(3)] for one in said], encoded  # up to </s>

    means = h.mean(0).astype(np.float32)
    intact, encoded = pronounced([])
    apart = float(np.abs(h - encoded.rows("h")).max())
    print(f"{len(words)} words, {len(h)} letters; module and step differ by {apart:.1g}")
    now = np.concatenate(tokens)
    labels = {"present": now, "previous": np.concatenate([[0, *one[:-1]] for one in tokens])}
    bits = {}
    for name, label in (labels | {"random": random.permutation(now)}).items():
        each = [isc.mutual_information(label, unit, estimator=isc.Ross()).bits for unit in h.T]
        best, bits[name] = np.argsort(each)[:-6:-1], np.array(each)
        print(f"{name} letter: " + ", ".join(f"unit {i} {each[i]:.2f} bits" for i in best))
    units = isc.Recording.from_arrays(hidden=np.split(h, np.cumsum(lengths)[:-1]))
    flow = isc.information_flow(units, estimator=isc.Gaussian(copula=True))
    graph = flow.graph(threshold=float(np.nanquantile(flow.flow, 0.95)))  # the strongest 5 %
    rank = isc.rank_nodes(graph).ranks.to_numpy()
    order = [i for i in np.argsort(-rank) if np.isfinite(rank[i])]
    r = [np.corrcoef(rank[order], each[order])[0, 1] for each in bits.values()]
    print(f"rank and bits on present and previous letter: r = {r[0]:.2f}, {r[1]:.2f}")
    groups = {"highest rank": order[:size], "lowest rank": order[-size:]}
    groups["most informed"] = np.argsort(-bits["present"])[:size]
    groups |= {f"random {i}": random.choice(256, size, replace=False) for i in range(5)}
    facts = {"apart": apart, "bits": bits["present"].max(), "control": bits["random"].max()}
    for name, some in groups.items():
        facts[name] = np.mean([a != b for a, b in zip(intact, pronounced(some)[0], strict=True)])
        print(f"{size} units clamped, {name}: {facts[name]:.0%} of words sound different")
    return facts


if __name__ == "__main__":
    main(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
