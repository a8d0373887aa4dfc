"""Parts of the engine's benchmark: contenders, prompts, measurements."""
