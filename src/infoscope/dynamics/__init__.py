"""What a network learns of its input and target, snapshot by snapshot, and when."""
