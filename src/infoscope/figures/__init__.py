"""Every figure of the paper, one file each: its table, its drawing, its caption."""
