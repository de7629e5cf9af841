"""What runs inside the sandbox, beside the submission; it holds no answers."""
