"""Check step 01 when all is done."""

from checked import when_done

when_done(1)
