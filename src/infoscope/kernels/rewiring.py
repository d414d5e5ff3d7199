"""Random directed graphs with the degrees of a given one, by swaps of its edges.

The kernels check nothing. Edges are sorted by their source, which keeps its place: those of node
a are ``starts[a]:starts[a + 1]``, and a swap exchanges targets only. No matrix of the nodes is
kept; a look among the edges of one node says whether an edge exists.
"""

from infoscope.kernels.compiled import kernel

# Swaps alone cannot turn a cycle of three nodes round, which some degrees need to reach every
# graph. It is tried in one of this many attempts.
_ATTEMPTS_PER_CYCLE = 8


@kernel
def _place(targets, starts, a, b):
    """Return where the edge from a to b stands, or -1."""
    for e in range(starts[a], starts[a + 1]):
        if targets[e] == b:
            return e
    return -1


@kernel
def _turn_cycle(sources, targets, starts, classes, e, c):
    """Turn the cycle of edge e and node c round, if it is one and the reverse has no edge yet."""
    a, b = sources[e], targets[e]
    if c in (a, b):
        return 0
    # Three different classes have three other blocks on the way back.
    p, q, r = classes[a], classes[b], classes[c]
    if p != q and q != r and p != r:
        return 0
    second, third = _place(targets, starts, b, c), _place(targets, starts, c, a)
    if second < 0 or third < 0:
        return 0
    if (
        _place(targets, starts, a, c) >= 0
        or _place(targets, starts, c, b) >= 0
        or _place(targets, starts, b, a) >= 0
    ):
        return 0
    targets[e], targets[second], targets[third] = c, a, b
    return 1


@kernel
def rewire(sources, targets, starts, classes, attempts, random):
    """Change ``targets`` in place by random swaps; return how many of the attempts changed it.

    a→b, c→d become a→d, c→b unless that makes a loop or a parallel edge, or changes the number
    of edges between two classes. Each change is as likely as its reverse, and a refused one
    counts as a step, so that all graphs within reach become equally likely.
    """
    m, n = len(targets), len(starts) - 1
    changed = 0
    for _ in range(attempts):
        e = random.integers(0, m)
        if random.integers(0, _ATTEMPTS_PER_CYCLE) == 0:
            changed += _turn_cycle(sources, targets, starts, classes, e, random.integers(0, n))
            continue
        f = random.integers(0, m)
        a, b, c, d = sources[e], targets[e], sources[f], targets[f]
        if a in (c, d) or b in (c, d):
            continue
        if classes[a] != classes[c] and classes[b] != classes[d]:
            continue
        if _place(targets, starts, a, d) >= 0 or _place(targets, starts, c, b) >= 0:
            continue
        targets[e], targets[f] = d, b
        changed += 1
    return changed
