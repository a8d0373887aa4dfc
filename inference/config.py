"""The engine's settings, read from the environment once."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class EngineConfig(BaseSettings):
    """Settings of the model and its engine; each can be set by its upper-case name.

    Raises:
        pydantic.ValidationError: a value is not allowed; it names the value and the allowed ones.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, protected_namespaces=())

    model: str = "auto"  # a name in the catalog, a hub id, a local folder, or "auto"
    model_cache: Path = Path("~/.cache/qwen-all-in-one")
    hub_timeout: float = Field(3.0, gt=0, le=60)  # s until the next source is tried
    # Whether HF_TOKEN, which was made for huggingface.co, is sent to the hub that HF_ENDPOINT names.
    hf_token_for_mirror: bool = False
    dtype: Literal["auto", "fp32", "bf16", "int8"] = "auto"  # type of the weights
    threads: int = Field(0, ge=0, le=256)  # of the model; 0: as many as the cores it may use
    max_batch: int = Field(16, ge=1, le=64)  # replies that are decoded together; more wait
    max_waiting: int = Field(32, ge=0, le=10_000)  # messages that may wait; more are rejected
    max_per_client: int = Field(4, ge=1, le=10_000)  # messages of one address that run or wait
    context_tokens: int = Field(4096, ge=512, le=32_768)  # limit of prompt and reply together
    max_new_tokens: int = Field(512, ge=1, le=16_384)  # limit of a reply
    request_timeout: float = Field(300.0, gt=0, le=86_400)  # s until a task is ended
    kv_memory_mb: int = Field(2048, ge=1, le=1_048_576)  # MiB of all KV caches, of what runs and what is kept
    # MiB of it for earlier conversations; None for two of CONTEXT_TOKENS, or half of it if that is less
    kv_cache_mb: int | None = Field(None, ge=0, le=1_048_576)
    max_input_chars: int = Field(2000, ge=1, le=20_000)  # limit of one message
    temperature: float = Field(0.7, ge=0, le=2)  # 0 is greedy
    tasks: Path | None = None  # a file of tasks that adds to the shipped one
    # Names of the tasks that are asked of each message of the chat; None leaves it to the files
    tasks_on: Annotated[tuple[str, ...], NoDecode] | None = None

    @field_validator("tasks_on", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _leave_room_for_the_prompt(self) -> "EngineConfig":
        if self.max_new_tokens > self.context_tokens // 2:
            raise ValueError(
                f"MAX_NEW_TOKENS={self.max_new_tokens} leaves too little of CONTEXT_TOKENS="
                f"{self.context_tokens} for the conversation: {self.context_tokens // 2} at most"
            )
        return self

    @property
    def cache(self) -> Path:
        """The folder of the weights, with `~` expanded."""
        return self.model_cache.expanduser()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that errors may name: that of the weights, and the model where it is one."""
        named = (self.model_cache, Path(self.model))
        return tuple(Path(os.path.expanduser(path)).absolute() for path in named)
