"""Random directed graphs with given degrees, by edge swaps.

The caller must validate the arrays. Edges are sorted by source: those of node a are
``starts[a]:starts[a + 1]``, and a swap exchanges only targets. There is no adjacency matrix; a
search among the edges of a node shows whether an edge exists.
"""

from infoscope.kernels.compiled import kernel

# Swaps alone cannot reverse a directed triangle, which some degree sequences need to reach every
# graph. One in this many attempts tries it.
_ATTEMPTS_PER_CYCLE = 8


@kernel
def _place(targets, starts, a, b):
    """Return the index of the edge from a to b, or -1."""
    for e in range(starts[a], starts[a + 1]):
        if targets[e] == b:
            return e
    return -1


@kernel
def _turn_cycle(sources, targets, starts, classes, e, c):
    """Reverse the triangle of edge e and node c, if it is one and no reverse edge exists."""
    a, b = sources[e], targets[e]
    if c in (a, b):
        return 0
    # With three different classes, the reverse edges are in other blocks.
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
    """Change ``targets`` in place by random swaps; return the number of successful attempts.

    a→b, c→d become a→d, c→b unless this makes a loop or a parallel edge, or changes the number
    of edges between two classes. Each change is as likely as its reverse, and a rejected one
    counts as a step, so that the stationary distribution is uniform over reachable graphs.
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
