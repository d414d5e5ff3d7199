"""The statistics of one seed that the claims are judged by."""
