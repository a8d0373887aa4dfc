"""What stands before every route: who may come, how often, with how much, and who is the operator."""
