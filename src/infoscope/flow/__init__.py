"""Information between variables and its flow through a recording, with significance."""
