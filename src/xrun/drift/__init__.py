"""How an environment differs from what the project declares, in uv's own judgement."""
