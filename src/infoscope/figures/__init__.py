"""Every figure of a run, one file each: facts, table, drawing and captions.

A figure is a module with ``NAME`` (of its files), ``CAPTION`` and ``CHANGE`` (templates, see
`_captions`), ``facts(results)``, ``table(results)`` and ``draw(results)``. The same functions serve
published and corrected results: the settings of the results decide. A new figure is such a file,
and a line in `files`.
"""
