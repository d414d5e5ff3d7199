"""A run as one HTML file that opens offline.

`document` says what a report holds, `page` writes it. `embedding` turns matrices into the numbers
that the page carries, `orders` sorts nodes, `paper_tables` arranges claims and repairs. The page
itself is in ``templates/`` and ``static/``; ``static/vendor/`` has the two libraries that it
carries, with their licences.
"""
