"""Every text in English and Chinese, and which language a visitor reads."""
