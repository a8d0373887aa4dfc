"""The page; only this package imports gradio."""
