"""Manifests as they are: schemathesis knows no TOML and no JSON Lines."""
import schemathesis


@schemathesis.serializer("application/toml", "application/jsonl")
def manifest_text(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
