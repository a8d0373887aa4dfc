"""The API that programs use: OpenAI's chat completions and decisions, models and health."""
