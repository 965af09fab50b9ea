"""Ground Up as it stands after step 2 (written by `python3 -m workshop sync`)."""

__all__: list[str] = []
