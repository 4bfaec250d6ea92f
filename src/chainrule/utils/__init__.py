"""What does not belong to tensors or networks: hooks and their handles."""
