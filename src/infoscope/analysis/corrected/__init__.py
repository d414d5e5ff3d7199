"""The analysis with the paper's flaws repaired, each by a switch of its own."""
