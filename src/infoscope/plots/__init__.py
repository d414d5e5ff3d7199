"""Drawing of arrays with names on axes: matrices, graphs, ranks, curves, planes.

Each panel takes axes and plain data, so that results and the paper's figures share it. `canvas`
gives a result its axes, `style` the look. No module here registers a figure with pyplot.
"""
