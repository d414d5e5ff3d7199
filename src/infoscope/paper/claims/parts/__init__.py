"""What is estimated of one seed, part by part."""
