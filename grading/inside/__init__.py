"""What runs inside the confined process. Nothing here is secret."""
