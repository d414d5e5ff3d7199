"""Commands of the command line; `cli` lists them."""
