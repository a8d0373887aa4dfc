"""Sign in as the operator, with a password or with Hugging Face."""
