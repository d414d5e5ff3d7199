"""The published pipeline with its flaws repaired, each by a switch of its own."""
