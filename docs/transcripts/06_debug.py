"""What asyncio's own debug mode says of a call that blocks the loop."""

import asyncio
import logging
import re
import time


async def handler() -> None:
    """It blocks, and comes back."""
    time.sleep(0.3)


async def main() -> None:
    """A task for it, named as a server would."""
    await asyncio.create_task(handler(), name="GET /report")


class Screen(logging.Handler):
    """What is logged, without the folders of this machine."""

    def emit(self, record: logging.LogRecord) -> None:
        print(re.sub(r"/[^ ]*/", "", record.getMessage()))


logging.getLogger("asyncio").addHandler(Screen())
asyncio.run(main(), debug=True)
