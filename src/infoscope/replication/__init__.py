"""The replication of the paper: nothing but calls of the rooms before it."""
