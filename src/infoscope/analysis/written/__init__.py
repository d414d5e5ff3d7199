"""What an analysis writes: numbers, tables, graphs and the page of a replication."""
